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
			if (words && someWithin(this.fitting, slot.range || (slot.range = rangeOf(slot.a))))
				this.scatter(slot.a, words, found);
		} else if (slot.shape === 0) {
			if (this.digits)
				this.markNumbers(slot.a, found);
		} else if (this.guids) {
			this.markGuids(slot.a, found);
		}
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

	// What each word of a chunk gives; null where none fits.
	wordsOf(chunk) {
		if (this.chunk !== chunk) {
			this.chunk = chunk;
			if (chunk.folded === undefined)
				chunk.folded = fold(chunk.pool);
			this.words = this.way === FIT_INSIDE ? wordsWith(chunk, this.text) : this.way === FIT_NAME ? this.namesIn(chunk) : this.wordsAt(chunk);
			this.fitting = placesOf(this.words || []);
		}
		return this.words;
	}

	// Of the words that hold the name, those in which it stands apart.
	namesIn(chunk) {
		const words = wordsWith(chunk, this.text), { starts, folded } = chunk;
		for (let i = 0; words && i + 1 < starts.length; i++)
			words[i] = words[i] && valueFits(FIT_NAME, this.text, folded.slice(starts[i], starts[i + 1]));
		return words;
	}

	wordsAt(chunk) {
		const { starts, folded } = chunk, out = new Uint8Array(starts.length), { way, text } = this, tail = way === FIT_TAIL;
		const code = text.charCodeAt(tail ? text.length - 1 : 0);
		let any = null;
		for (let i = 0; i + 1 < starts.length; i++) {
			const from = starts[i], to = starts[i + 1];
			if (from !== to && folded.charCodeAt(tail ? to - 1 : from) !== code)
				continue;
			out[i] = valueFits(way, text, folded.slice(from, to));
			any = out[i] ? out : any;
		}
		return any;
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

// Where an array has something else than 0, ascending.
function placesOf(table) {
	const out = [];
	for (let i = 0; i < table.length; i++)
		if (table[i])
			out.push(i);
	return out;
}

// The least and the most of the words of a slot.
function rangeOf(words) {
	let low = Infinity, high = -1;
	for (let i = 0; i < words.length; i++) {
		low = words[i] < low ? words[i] : low;
		high = words[i] > high ? words[i] : high;
	}
	return [low, high];
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

// The words of a chunk that hold a text; null where none does.
function wordsWith(chunk, q) {
	const { starts, folded } = chunk;
	let at = folded.indexOf(q), hits = null, word = 0;
	while (at >= 0) {
		let high = starts.length - 1;
		while (word + 1 < high) {
			const middle = (word + high) >>> 1;
			if (starts[middle] <= at)
				word = middle;
			else
				high = middle;
		}
		const inside = at + q.length <= starts[word + 1];
		if (inside) {
			hits = hits || new Uint8Array(starts.length);
			hits[word] = HIT;
		}
		at = folded.indexOf(q, inside ? starts[word + 1] : at + 1);
	}
	return hits;
}
