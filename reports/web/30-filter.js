// SPDX-License-Identifier: Apache-2.0
// Which rows are shown: tables of what kinds and sources pass, then one pass; text is decided once a
// template where it can be, else once a value, and only where a match may cross a border once a row.
'use strict';

const SHOW_NONE = 0, SHOW_ALL = 1, SHOW_SOME = 2;

function passTables(events, f) {
	const meta = events.meta;
	const kinds = meta.kinds.map((k) => (!f.level || k[2] <= f.level) && (f.provider < 0 || k[0] === meta.providers[f.provider]) &&
		(f.id === '' || String(k[1]) === f.id) ? 1 : 0);
	return {
		templates: Uint8Array.from(meta.templates, (t) => kinds[t[0]]),
		sources: Uint8Array.from(meta.sources, (s) => (f.host < 0 || s[1] === f.host) ? 1 : 0),
	};
}

// Where a match of q may begin or end inside a value, given the fixed text round it: which slot's value
// must then begin (head) or end (tail) with which character.
function crossings(pieces, q) {
	const out = [];
	for (let i = 0; i + 1 < pieces.length; i++) {
		const left = pieces[i], right = pieces[i + 1];
		for (let k = Math.min(left.length, q.length - 1); k > 0; k--)
			if (left.endsWith(q.slice(0, k)))
				out.push({ slot: i, head: true, code: q.charCodeAt(k) });
		for (let k = Math.min(right.length, q.length - 1); k > 0; k--)
			if (right.startsWith(q.slice(q.length - k)))
				out.push({ slot: i, head: false, code: q.charCodeAt(q.length - k - 1) });
		for (let at = i ? q.indexOf(left, 1) : -1; at > 0 && at + left.length < q.length; at = q.indexOf(left, at + 1))
			out.push({ slot: i, head: true, code: q.charCodeAt(at + left.length) });
	}
	return out;
}

// The characters that a block's words begin and end with; -1 stands for a word without any.
function wordEdges(chunk) {
	if (chunk.edges)
		return chunk.edges;
	const { starts, folded } = chunk, heads = new Set(), tails = new Set();
	for (let i = 0; i + 1 < starts.length; i++) {
		const empty = starts[i] === starts[i + 1];
		heads.add(empty ? -1 : folded.charCodeAt(starts[i]));
		tails.add(empty ? -1 : folded.charCodeAt(starts[i + 1] - 1));
	}
	chunk.edges = { heads, tails };
	return chunk.edges;
}

const isDigit = (code) => code >= 48 && code <= 57, isHex = (code) => isDigit(code) || (code >= 97 && code <= 102);

function canCross(chunk, slots, list) {
	const edges = wordEdges(chunk);
	return list.some(({ slot, head, code }) => {
		const { shape } = slots[slot];
		if (shape !== 1)
			return shape === 0 ? isDigit(code) : isHex(code);
		const set = head ? edges.heads : edges.tails;
		return set.has(code) || set.has(-1);
	});
}

function wordHits(chunk, q) {
	if (chunk.folded === undefined)
		chunk.folded = fold(chunk.pool);
	const hits = new Uint8Array(chunk.starts.length);
	let at = chunk.folded.indexOf(q), any = false, word = 0;
	while (at >= 0) {
		let high = chunk.starts.length - 1;
		while (word + 1 < high) {
			const middle = (word + high) >>> 1;
			if (chunk.starts[middle] <= at)
				word = middle;
			else
				high = middle;
		}
		const inside = at + q.length <= chunk.starts[word + 1];
		if (inside)
			hits[word] = any = 1;
		at = chunk.folded.indexOf(q, inside ? chunk.starts[word + 1] : at + 1);
	}
	return any ? hits : null;
}

// Where a dash stands before a digit of a GUID.
const DASHES = [8, 12, 16, 20];

// q is hexadecimal digits alone: digits are compared as they lie in the bytes.
function guidDigitHits(raw, q, out) {
	const want = Array.from(q, (c) => parseInt(c, 16)), places = [];
	for (let p = 0; p + want.length <= 32; p++)
		if (!DASHES.some((d) => d > p && d < p + want.length))
			places.push(p);
	for (let i = 0; i < out.length; i++)
		for (const p of places) {
			let k = 0;
			for (; k < want.length; k++) {
				const at = p + k, byte = raw[i * 16 + GUID_ORDER[at >> 1]];
				if ((at & 1 ? byte & 15 : byte >> 4) !== want[k])
					break;
			}
			if (k === want.length) {
				out[i] = 1;
				break;
			}
		}
}

function guidHits(slot, q, out) {
	if (!q.includes('-')) {
		guidDigitHits(slot.a, q, out);
		return;
	}
	if (!slot.text) {
		const parts = new Array(slot.a.length / 16);
		for (let i = 0; i < parts.length; i++)
			parts[i] = guidText(slot.a, i * 16, false);
		slot.text = parts.join('|');
	}
	for (let at = slot.text.indexOf(q); at >= 0; at = slot.text.indexOf(q, at + 1))
		out[Math.floor(at / 37)] = 1;
}

// Small numbers come again and again: each is written out once.
function numberHits(numbers, q, out) {
	const known = new Int8Array(numbers.BYTES_PER_ELEMENT <= 2 ? 65536 : 0);
	for (let i = 0; i < numbers.length; i++) {
		const v = numbers[i];
		let hit = known[v];
		if (!hit) {
			hit = String(v).includes(q) ? 1 : -1;
			known[v] = hit;   // nothing where the table is empty
		}
		out[i] |= hit > 0 ? 1 : 0;
	}
}

// Marks the occurrences of one template whose values hold q; null where none can.
function markValues(chunk, slots, q, words, digits, hex) {
	let out = null;
	for (const slot of slots) {
		const n = slot.shape >= 2 ? slot.a.length / 16 : slot.a.length;
		if (slot.shape === 1 ? !words : slot.shape === 0 ? !digits : !hex)
			continue;
		out = out || new Uint8Array(n);
		if (slot.shape === 1)
			for (let i = 0; i < n; i++)
				out[i] |= words[slot.a[i]];
		else if (slot.shape === 0)
			numberHits(slot.a, q, out);
		else
			guidHits(slot, q, out);
	}
	return out;
}

class TextSearch {
	constructor(events, text) {
		const q = this.q = fold(text);
		this.events = events;
		this.digits = /^[0-9]+$/.test(q);
		this.hex = /^[0-9a-f-]+$/.test(q);
		this.fixed = events.pieces.map((pieces) => pieces.some((p) => p.includes(q)) ? SHOW_ALL : SHOW_NONE);
		this.crossings = events.pieces.map((pieces, t) => (this.fixed[t] === SHOW_NONE ? crossings(pieces, q) : []));
		this.cross = new Uint8Array(events.pieces.length);
		this.mode = new Uint8Array(events.pieces.length);
		this.marks = new Array(events.pieces.length).fill(null);
	}

	// Decides for one chunk what each template that occurs in it shows.
	enter(chunk) {
		const words = wordHits(chunk, this.q);
		this.mode.set(this.fixed);
		for (const [t, slots] of chunk.slots) {
			if (this.fixed[t] === SHOW_ALL)
				continue;
			this.marks[t] = markValues(chunk, slots, this.q, words, this.digits, this.hex);
			this.cross[t] = this.crossings[t].length && canCross(chunk, slots, this.crossings[t]) ? 1 : 0;
			this.mode[t] = this.marks[t] || this.cross[t] ? SHOW_SOME : SHOW_NONE;
		}
	}

	// Of a row whose template shows some.
	hits(row, t) {
		const marks = this.marks[t];
		if (marks && marks[this.events.rank[row]])
			return 1;
		return this.cross[t] && fold(this.events.message(row)).includes(this.q) ? 1 : 0;
	}
}

// Rows that pass, ascending; null means all.
function filterRows(events, f) {
	const plain = !f.level && f.host < 0 && f.provider < 0 && f.id === '';
	const whole = f.from === null && f.to === null;
	if (plain && whole && !f.text && !f.cited)
		return null;
	const pass = passTables(events, f), { template, source } = events;
	const from = f.from === null ? 0 : events.lowerBound(f.from);
	const to = f.to === null ? events.rows : events.lowerBound(f.to + 1);
	if (f.cited)
		return events.meta.cited.filter((r) => r >= from && r < to && pass.templates[template[r]] & pass.sources[source[r]]);
	const passes = pass.templates, { sources } = pass;
	const out = new Uint32Array(Math.max(to - from, 0) + 1), search = f.text ? new TextSearch(events, f.text) : null;
	const modes = search ? search.mode : null;
	let n = 0;
	for (let c = from >>> CHUNK_BITS; c < events.chunks.length && c << CHUNK_BITS < to; c++) {
		const chunk = events.chunks[c];
		if (!chunk)
			continue;
		const end = Math.min(chunk.first + chunk.rows, to);
		if (search)
			search.enter(chunk);
		const first = Math.max(chunk.first, from);
		for (let i = first; !search && i < end; i++) {
			out[n] = i;
			n += passes[template[i]] & sources[source[i]];
		}
		for (let i = first; search && i < end; i++) {
			const t = template[i], mode = modes[t] & -(passes[t] & sources[source[i]]);
			out[n] = i;
			n += mode === SHOW_SOME ? search.hits(i, t) : mode;
		}
	}
	return out.subarray(0, n);
}
