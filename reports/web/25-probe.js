// SPDX-License-Identifier: Apache-2.0
// What a search asks of values: do they hold a text, or begin or end so that a match with the fixed
// text round them may come of it? Each value is asked once a chunk, small numbers once a search.
'use strict';

const FIT_INSIDE = 'i', FIT_HEAD = 'h', FIT_MIDDLE = 'm', FIT_TAIL = 't', FIT_NAME = 'n';
const DOUBT = 1, HIT = 2;
const KNOWN_NUMBERS = 1 << 17;
// Where the dashes of a GUID stand.
const GUID_DASHES = [8, 13, 18, 23], GUID_CHARS = 36;

// A folded value that ends within the match, or lies behind another one, leaves a doubt.
function valueFits(way, text, value) {
	if (way === FIT_INSIDE)
		return value.includes(text) ? HIT : 0;
	if (way === FIT_NAME)
		return holdsName(value, text) ? HIT : 0;
	if (way === FIT_TAIL)
		return value.endsWith(text) ? HIT : text.endsWith(value) ? DOUBT : 0;
	return value.startsWith(text) ? way === FIT_HEAD ? HIT : DOUBT : text.startsWith(value) ? DOUBT : 0;
}

// A name stands apart from other words: "DC" is not in "DC01".
function holdsName(text, name) {
	for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
		if (!/[\p{L}\p{N}_-]/u.test(text.charAt(at - 1)) && !/[\p{L}\p{N}_-]/u.test(text.charAt(at + name.length)))
			return true;
	return false;
}

// For each byte behind the last digit of the one before it, whether the digits may begin with its first
// one (1), or with the last one of the byte before (2); a single digit may be its last one (4).
function guidPairs(digits) {
	const [a, b, c] = digits, out = new Uint8Array(4096), n = digits.length;
	for (let v = 0; v < 4096 && n; v++) {
		const before = v >> 8, high = v >> 4 & 15, low = v & 15;
		out[v] = (high === a && (n < 2 || low === b) ? 1 : 0) | (n > 1 && before === a && high === b && (n < 3 || low === c) ? 2 : 0) |
			(n === 1 && low === a ? 4 : 0);
	}
	return out;
}

// The digits of a text, and at which digit of a GUID it may begin; null where it is in none.
function guidPlan(way, text) {
	const part = way === FIT_TAIL ? text.slice(-GUID_CHARS) : way === FIT_INSIDE ? text : text.slice(0, GUID_CHARS);
	if (!/^[0-9a-f-]*$/.test(part) || part.length > GUID_CHARS)
		return null;
	const last = GUID_CHARS - part.length, at = new Uint8Array(33), inside = way === FIT_INSIDE;
	let any = false;
	for (let x = way === FIT_TAIL ? last : 0; x <= (inside || way === FIT_TAIL ? last : 0); x++)
		if (Array.from(part).every((c, i) => (c === '-') === GUID_DASHES.includes(x + i)))
			any = at[x - GUID_DASHES.filter((d) => d < x).length] = 1;
	const digits = Uint8Array.from(part.replaceAll('-', ''), (c) => parseInt(c, 16));
	return any ? { at, digits, pairs: guidPairs(digits), found: way === FIT_MIDDLE || part.length < text.length ? DOUBT : HIT } : null;
}

class Probe {
	constructor(way, text) {
		this.way = way;
		this.text = text;
		this.guids = way === FIT_NAME ? null : guidPlan(way, text);
		this.digits = way === FIT_INSIDE || way === FIT_NAME ? /^[0-9]+$/.test(text) : way === FIT_TAIL ? /[0-9]$/.test(text) : /^[0-9]/.test(text);
		this.numbers = null;
		this.chunk = null;
	}

	mark(chunk, slot, found) {
		if (slot.shape === 1) {
			const words = this.wordsOf(chunk);
			if (words && someWithin(words.places, rangeOf(slot)))
				this.scatter(slot.a, words.table, found);
		} else if (slot.shape === 0) {
			if (this.digits)
				this.markNumbers(slot.a, found);
		} else if (this.guids) {
			this.markGuids(slot.a, found);
		}
	}

	// Can any value of a group fit? Asked before its slots are, which are many in all.
	mayMark(chunk, group) {
		const shapes = shapesOf(group), words = shapes & 2 ? this.wordsOf(chunk) : null;
		return (this.digits && shapes & 1) || (this.guids && shapes & 4) || (words && group.slots.some((s) => s.shape === 1 && someWithin(words.places, rangeOf(s))));
	}

	put(place, mark, found) {
		found.bits[found.order[place]] |= mark;
		if (mark === DOUBT)
			found.doubtful.push(place);
	}

	scatter(values, table, found) {
		const { bits, order, from } = found;
		for (let k = 0, n = values.length; k < n; k++) {
			const mark = table[values[k]];
			if (mark === HIT)
				bits[order[from + k]] = HIT;
			else if (mark === DOUBT)
				this.put(from + k, DOUBT, found);
		}
	}

	// What each word of a chunk gives, and which give something; null where none does.
	wordsOf(chunk) {
		if (this.chunk !== chunk) {
			this.chunk = chunk;
			const places = this.way === FIT_INSIDE || this.way === FIT_NAME ? wordsWith(chunk, this.text) : wordsAt(chunk, this.way === FIT_TAIL, this.text);
			this.words = places.length ? this.weigh(chunk, places) : null;
		}
		return this.words;
	}

	weigh(chunk, places) {
		const { starts, folded } = chunk, table = new Uint8Array(starts.length);
		for (const i of places)
			table[i] = this.way === FIT_INSIDE ? HIT : valueFits(this.way, this.text, folded.slice(starts[i], starts[i + 1]));
		return { table, places };
	}

	// What small numbers give is kept as one more, found out when one is first met.
	markNumbers(values, found) {
		const { bits, order, from } = found, known = this.numbers = this.numbers || new Uint8Array(KNOWN_NUMBERS);
		for (let k = 0, n = values.length; k < n; k++) {
			const v = values[k], mark = (v < KNOWN_NUMBERS && known[v] || this.learn(v)) - 1;
			if (mark === HIT)
				bits[order[from + k]] = HIT;
			else if (mark === DOUBT)
				this.put(from + k, DOUBT, found);
		}
	}

	learn(v) {
		const mark = valueFits(this.way, this.text, String(v)) + 1;
		if (v < KNOWN_NUMBERS)
			this.numbers[v] = mark;
		return mark;
	}

	markGuids(raw, found) {
		const { at, digits, pairs, found: mark } = this.guids;
		for (let i = 0, n = raw.length, pair = 0; i < n; i++) {
			pair = (pair << 8 | raw[i]) & 4095;
			const ways = pairs[pair], d = (i & 15) << 1;
			if (ways !== 0 && ((ways & 1 && at[d] && holdsDigits(raw, i << 1, digits)) || (ways & 4 && at[d + 1]) ||
				(ways & 2 && d && at[d - 1] && holdsDigits(raw, (i << 1) - 1, digits))))
				this.put(found.from + (i >> 4), mark, found);
		}
		for (let k = 0, n = raw.length >> 4; !digits.length && k < n; k++)
			this.put(found.from + k, mark, found);
	}
}

// Are these the hexadecimal digits from digit `at` on?
function holdsDigits(raw, at, digits) {
	for (let k = 0; k < digits.length; k++) {
		const d = at + k, b = raw[d >> 1];
		if ((d & 1 ? b & 15 : b >> 4) !== digits[k])
			return false;
	}
	return true;
}

// Which shapes the values of a group have: numbers 1, words 2, GUIDs 4.
function shapesOf(group) {
	if (group.shapes === undefined)
		group.shapes = group.slots.reduce((sum, s) => sum | 1 << Math.min(s.shape, 2), 0);
	return group.shapes;
}

// The least and the most of the words of a slot.
function rangeOf(slot) {
	if (!slot.range) {
		const words = slot.a;
		let low = Infinity, high = -1;
		for (let i = 0; i < words.length; i++) {
			low = words[i] < low ? words[i] : low;
			high = words[i] > high ? words[i] : high;
		}
		slot.range = [low, high];
	}
	return slot.range;
}

function someWithin(ascending, [low, high]) {
	let from = 0, to = ascending.length;
	while (from < to) {
		const middle = (from + to) >>> 1;
		if (ascending[middle] < low)
			from = middle + 1;
		else
			to = middle;
	}
	return from < ascending.length && ascending[from] <= high;
}

// The words of a chunk that hold a text, ascending.
function wordsWith(chunk, q) {
	const { starts } = chunk, folded = foldedOf(chunk), out = [];
	for (let at = folded.indexOf(q), word = 0; at >= 0;) {
		let high = starts.length - 1;
		while (word + 1 < high) {
			const middle = (word + high) >>> 1;
			if (starts[middle] <= at)
				word = middle;
			else
				high = middle;
		}
		const inside = at + q.length <= starts[word + 1];
		if (inside)
			out.push(word);
		at = folded.indexOf(q, inside ? starts[word + 1] : at + 1);
	}
	return out;
}

function foldedOf(chunk) {
	if (chunk.folded === undefined)
		chunk.folded = fold(chunk.pool);
	return chunk.folded;
}

// The words of a chunk in the order of their first or last letters, 256 kinds of them; `none` are empty.
function lettersOf(chunk, tail) {
	const key = tail ? 'tails' : 'heads';
	return chunk[key] || (chunk[key] = sortLetters(chunk, tail));
}

function sortLetters(chunk, tail) {
	const { starts } = chunk, folded = foldedOf(chunk), n = starts.length - 1, kinds = new Uint8Array(n), at = new Uint32Array(257), none = [];
	for (let i = 0; i < n; i++) {
		if (starts[i] === starts[i + 1])
			none.push(i);
		kinds[i] = folded.charCodeAt(tail ? starts[i + 1] - 1 : starts[i]);
		at[kinds[i] + 1]++;
	}
	for (let k = 0; k < 256; k++)
		at[k + 1] += at[k];
	const words = new Uint32Array(n), next = at.slice();
	for (let i = 0; i < n; i++)
		words[next[kinds[i]]++] = i;
	return { at, words, none };
}

// The words of a chunk that a text may go on in, or come from: ascending. An empty one leaves it open.
function wordsAt(chunk, tail, text) {
	const { at, words, none } = lettersOf(chunk, tail);
	const { starts, folded } = chunk, code = text.charCodeAt(tail ? text.length - 1 : 0), kind = code & 255, out = [];
	for (let k = at[kind]; k < at[kind + 1]; k++) {
		const i = words[k], word = folded.slice(starts[i], starts[i + 1]);
		if (tail ? word.endsWith(text) || text.endsWith(word) : word.startsWith(text) || text.startsWith(word))
			out.push(i);
	}
	return none.length ? [...new Set([...none, ...out])].sort((a, b) => a - b) : out;
}
