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

// Can a match of q begin or end inside a value, given the fixed text round it?
function mayCross(pieces, q) {
	for (let i = 0; i + 1 < pieces.length; i++) {
		const left = pieces[i], right = pieces[i + 1], inner = i > 0;
		for (let k = Math.min(left.length, q.length - 1); k > 0; k--)
			if (left.endsWith(q.slice(0, k)))
				return true;
		for (let k = Math.min(right.length, q.length - 1); k > 0; k--)
			if (right.startsWith(q.slice(q.length - k)))
				return true;
		if (inner && (left === '' || q.includes(left)))
			return true;
	}
	return false;
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

function guidHits(slot, q, out) {
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
		this.cross = events.pieces.map((pieces, t) => this.fixed[t] === SHOW_NONE && mayCross(pieces, q));
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
			this.mode[t] = this.marks[t] || this.cross[t] ? SHOW_SOME : SHOW_NONE;
		}
	}

	hits(row, t) {
		if (this.mode[t] !== SHOW_SOME)
			return this.mode[t];
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
	const out = new Uint32Array(Math.max(to - from, 0) + 1), search = f.text ? new TextSearch(events, f.text) : null;
	let n = 0;
	for (let c = from >>> CHUNK_BITS; c < events.chunks.length && c << CHUNK_BITS < to; c++) {
		const chunk = events.chunks[c];
		if (!chunk)
			continue;
		const end = Math.min(chunk.first + chunk.rows, to);
		if (search)
			search.enter(chunk);
		for (let i = Math.max(chunk.first, from); i < end; i++) {
			out[n] = i;
			n += search ? pass.templates[template[i]] & pass.sources[source[i]] && search.hits(i, template[i]) :
				pass.templates[template[i]] & pass.sources[source[i]];
		}
	}
	return out.subarray(0, n);
}
