// SPDX-License-Identifier: Apache-2.0
// Which rows are shown: tables of what kinds and sources pass, then one pass; text is decided once a
// template where it can be, else once a value, and only where a match may cross a border once a row.
'use strict';

function passTables(events, f) {
	const meta = events.meta;
	const kinds = meta.kinds.map((k) => (!f.level || k[2] <= f.level) && (f.provider < 0 || k[0] === meta.providers[f.provider]) &&
		(f.id === '' || String(k[1]) === f.id) ? 1 : 0);
	return {
		templates: Uint8Array.from(meta.templates, (t) => kinds[t[0]]),
		sources: Uint8Array.from(meta.sources, (s) => (f.host < 0 || s[1] === f.host) ? 1 : 0),
	};
}

// Where a match of q may cross from fixed text into a value or out of it: the value then begins with
// the rest of q (head; behind a piece that lies within q: middle) or ends with it (tail).
function crossings(pieces, q) {
	const out = [];
	for (let i = 0; i + 1 < pieces.length; i++) {
		const left = pieces[i], right = pieces[i + 1];
		for (let k = Math.min(left.length, q.length - 1); k > 0; k--)
			if (left.charCodeAt(left.length - 1) === q.charCodeAt(k - 1) && left.endsWith(q.slice(0, k)))
				out.push({ slot: i, way: FIT_HEAD, text: q.slice(k) });
		for (let k = Math.min(right.length, q.length - 1); k > 0; k--)
			if (right.charCodeAt(0) === q.charCodeAt(q.length - k) && right.startsWith(q.slice(q.length - k)))
				out.push({ slot: i, way: FIT_TAIL, text: q.slice(0, q.length - k) });
		for (let at = i ? q.indexOf(left, 1) : -1; at > 0 && at + left.length < q.length; at = q.indexOf(left, at + 1))
			out.push({ slot: i, way: FIT_MIDDLE, text: q.slice(at + left.length) });
	}
	return out;
}

class Search {
	constructor(events) {
		this.events = events;
		this.probes = new Map();
		this.bits = new Uint8Array(1 << CHUNK_BITS);
		this.doubtful = [];
	}

	probe(way, text) {
		const key = way + text;
		if (!this.probes.has(key))
			this.probes.set(key, new Probe(way, text));
		return this.probes.get(key);
	}

	// Marks the rows of a chunk that hold the text: 2 where they do.
	mark(chunk, passes) {
		const { bits, events } = this, { order } = events;
		bits.fill(0);
		for (const group of chunk.groups) {
			const t = group.template, end = group.from + group.n;
			if (!passes[t])
				continue;
			if (this.whole[t])
				for (let k = group.from; k < end; k++)
					bits[order[k]] = HIT;
			else
				this.ask(chunk, group);
		}
		return bits;
	}

	ask(chunk, group) {
		const { bits, doubtful } = this, { order } = this.events, asks = this.asks[group.template];
		if (asks.alone && !asks.alone.mayMark(chunk, group))
			return;
		const found = { bits, order, from: group.from, doubtful };
		doubtful.length = 0;
		group.slots.forEach((slot, s) => {
			for (const probe of asks[s])
				probe.mark(chunk, slot, found);
		});
		for (const k of doubtful) {
			const row = order[k];
			if (bits[row] !== HIT)
				bits[row] = fold(this.events.render(chunk, group, k - group.from)).includes(this.q) ? HIT : 0;
		}
	}
}

class TextSearch extends Search {
	constructor(events, text) {
		super(events);
		const q = this.q = fold(text), inside = this.probe(FIT_INSIDE, q);
		this.whole = events.pieces.map((pieces) => pieces.some((p) => p.includes(q)));
		this.asks = events.pieces.map((pieces, t) => (this.whole[t] ? null : this.questions(pieces, q, inside)));
	}

	// For each slot, what is asked of its values.
	questions(pieces, q, inside) {
		const slots = Array.from({ length: pieces.length - 1 }, () => new Set([inside])), across = crossings(pieces, q);
		for (const c of across)
			slots[c.slot].add(this.probe(c.way, c.text));
		return Object.assign(slots.map((s) => [...s]), { alone: across.length ? null : inside });
	}
}

// Rows that name a VM or its id, and those of the host that it is.
class VmSearch extends Search {
	constructor(events, [name, id]) {
		super(events);
		const folded = fold(name), probes = [this.probe(FIT_NAME, folded)];
		if (id)
			probes.push(this.probe(FIT_INSIDE, fold(id)));
		this.whole = events.pieces.map((pieces) => pieces.some((p) => holdsName(p, folded)));
		this.asks = events.pieces.map((pieces) => pieces.slice(1).map(() => probes));
		this.own = Uint8Array.from(events.meta.sources, (s) => (s[1] >= 0 && fold(events.meta.hosts[s[1]]) === folded ? HIT : 0));
	}

	mark(chunk, passes) {
		const bits = super.mark(chunk, passes), { own, events: { source, template } } = this;
		for (let i = 0; own.includes(HIT) && i < chunk.rows; i++)
			bits[i] |= own[source[chunk.first + i]] & -passes[template[chunk.first + i]];
		return bits;
	}
}

// What both mark.
function markBoth(searches, chunk, passes) {
	const [bits, more] = searches.map((s) => s.mark(chunk, passes));
	for (let i = 0; more && i < chunk.rows; i++)
		bits[i] &= more[i];
	return bits;
}

// Room for the rows that are shown; a new choice takes it again.
function roomFor(events) {
	events.room = events.room || new Uint32Array(events.rows + 1);
	return events.room;
}

function citedRows(events, pass, from, to) {
	return events.meta.cited.filter((r) => r >= from && r < to && pass.templates[events.template[r]] & pass.sources[events.source[r]]);
}

// Rows that pass, ascending; null means all.
function filterRows(events, f) {
	const plain = !f.level && f.host < 0 && f.provider < 0 && f.id === '' && f.vm < 0;
	const whole = f.from === null && f.to === null;
	if (plain && whole && !f.text && !f.cited)
		return null;
	const pass = passTables(events, f), { template, source } = events;
	const from = f.from === null ? 0 : events.lowerBound(f.from);
	const to = f.to === null ? events.rows : events.lowerBound(f.to + 1);
	if (f.cited)
		return citedRows(events, pass, from, to);
	const searches = [f.text ? new TextSearch(events, f.text) : null, f.vm >= 0 ? new VmSearch(events, events.meta.vms[f.vm]) : null].filter(Boolean);
	const out = roomFor(events);
	let n = 0;
	for (let c = from >>> CHUNK_BITS; c < events.chunks.length && c << CHUNK_BITS < to; c++) {
		const chunk = events.chunks[c];
		if (!chunk)
			continue;
		const first = Math.max(chunk.first, from), end = Math.min(chunk.first + chunk.rows, to);
		if (searches.length)
			n = takeMarked(markBoth(searches, chunk, pass.templates), chunk.first, first, end, out, n, events.source, pass.sources);
		else
			n = takePassing(events, pass, first, end, out, n);
	}
	return out.subarray(0, n);
}

function takePassing({ template, source }, { templates, sources }, first, end, out, n) {
	for (let i = first; i < end; i++) {
		out[n] = i;
		n += templates[template[i]] & sources[source[i]];
	}
	return n;
}

// Rows that are marked are few as a rule: four are looked at together.
function takeMarked(bits, base, first, end, out, n, source, sources) {
	const fours = new Uint32Array(bits.buffer);
	for (let k = (first - base) >> 2, last = (end - base + 3) >> 2; k < last; k++) {
		if (fours[k] === 0)
			continue;
		for (let i = Math.max(base + (k << 2), first), stop = Math.min(base + (k << 2) + 4, end); i < stop; i++) {
			out[n] = i;
			n += bits[i - base] >> 1 & sources[source[i]];
		}
	}
	return n;
}
