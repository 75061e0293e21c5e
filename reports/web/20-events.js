// SPDX-License-Identifier: Apache-2.0
// All events, as columns; text is made only for rows that are seen.
'use strict';

// Lower case with every length kept, so that places in the folded text are places in the text.
function fold(text) {
	const low = text.toLowerCase();
	if (low.length === text.length)
		return low;
	return Array.from(text, (c) => {
		const l = c.toLowerCase();
		return l.length === c.length ? l : c;
	}).join('');
}

// A block is whole once the browser has come to what follows it, or to the end of the file.
function blockIsThere(i) {
	const block = document.getElementById('c' + i);
	return document.readyState !== 'loading' || (block !== null && block.nextSibling !== null);
}

// A distance as days and time of day: "+0d 00:00:12.0000000".
function relativeText(ticks) {
	const size = Math.abs(ticks), seconds = Math.floor(size / 1e7), two = (n) => String(n).padStart(2, '0');
	return ((ticks < 0 ? '−' : '+') + Math.floor(seconds / 86400) + 'd').padStart(10) + ' ' + two(Math.floor(seconds / 3600) % 24) + ':' +
		two(Math.floor(seconds / 60) % 60) + ':' + two(seconds % 60) + '.' + String(size % 1e7).padStart(7, '0');
}

// The zones to choose from: UTC (null), those of hosts, this computer's, and since each incident.
function zonesOf(meta) {
	const out = [{ key: 'utc', name: 'UTC', zone: null }], known = new Map();
	meta.zones.forEach((changes, h) => {
		const key = JSON.stringify(changes.map((c) => c[1]).concat(changes.slice(1).map((c) => c[0])));
		if (!changes.length || changes.every((c) => c[1] === 0))
			return;
		if (known.has(key)) {
			known.get(key).name += ', ' + meta.hosts[h];
			return;
		}
		known.set(key, { key: 'h' + h, name: 'zone of ' + meta.hosts[h],
			zone: { minutes: (ticks) => changes.reduce((found, [from, minutes]) => (ticks >= from ? minutes : found), changes[0][1]) } });
	});
	out.push(...known.values(), { key: 'local', name: 'this computer’s zone', zone: { minutes: (_, ms) => -new Date(ms).getTimezoneOffset() } });
	for (const inc of meta.incidents.filter((i) => i.start !== null).slice(0, 9))
		out.push({ key: 'i' + inc.rank, name: 'since #' + inc.rank + ' began', zone: { start: inc.start } });
	return out.map((z) => ({ ...z, name: z.name.length > 40 ? z.name.slice(0, 39) + '…' : z.name }));
}

class Events {
	constructor(meta) {
		const n = meta.rows;
		this.meta = meta;
		this.rows = n;
		this.zones = zonesOf(meta);
		this.time = new Float64Array(n);
		this.template = meta.templates.length > 65536 ? new Uint32Array(n) : new Uint16Array(n);
		this.source = meta.sources.length > 65536 ? new Uint32Array(n) : new Uint16Array(n);
		this.order = new Uint16Array(n);   // of a chunk, its rows by template
		this.chunks = new Array(meta.chunks.length).fill(null);
		this.decoder = new TextDecoder('utf-8', { ignoreBOM: true });
		this.ready = 0;
		this.failed = [];
		const base = BigInt(meta.base);
		this.baseMs = Number((base - ((base % 10000n) + 10000n) % 10000n) / 10000n);
		this.baseSub = Number(((base % 10000n) + 10000n) % 10000n);
		this.pieces = meta.templates.map((t) => t.slice(1).map(fold));
		this.counts = new Uint32Array(meta.templates.length);
		this.places = new Uint32Array(meta.templates.length);
	}

	async load(i) {
		const block = document.getElementById('c' + i), [rows, start, size] = this.meta.chunks[i];
		if (!block)
			throw new Error('the file ends before it');
		const packed = bytesOfBase64(block.textContent);
		block.remove();
		await this.read(i, await inflate(packed, size), rows, start);
	}

	async read(i, bytes, rows, start) {
		const reader = new Reader(bytes), first = i << CHUNK_BITS, chunk = { first, rows };
		const times = reader.column(rows), templates = reader.column(rows), sources = reader.column(rows);
		await pace();
		for (let k = 0, t = start, { time } = this; k < rows; k++) {
			t += times[k];
			time[first + k] = t;
		}
		this.check(templates, this.meta.templates.length);
		this.check(sources, this.meta.sources.length);
		this.template.set(templates, first);
		this.source.set(sources, first);
		chunk.groups = this.group(templates, first);
		chunk.numbers = reader.column(rows);
		await readSlots(reader, this.meta.templates, chunk.groups, { next: 0 });
		await pace();
		readWords(reader, chunk, this.decoder);
		this.chunks[i] = chunk;
		this.ready += rows;
	}

	check(column, end) {
		let most = 0;
		for (let k = 0; k < column.length; k++)
			most = column[k] > most ? column[k] : most;
		if (most >= end)
			throw new Error('it names what is not there');
	}

	// Rows of each template that occurs, ascending.
	group(templates, first) {
		const { order } = this, counts = this.counts.fill(0), groups = [], at = this.places;
		for (let k = 0; k < templates.length; k++)
			counts[templates[k]]++;
		for (let t = 0, from = first; t < counts.length; t++)
			if (counts[t]) {
				groups.push({ template: t, from, n: counts[t], slots: [] });
				at[t] = from;
				from += counts[t];
			}
		for (let k = 0; k < templates.length; k++)
			order[at[templates[k]]++] = k;
		return groups;
	}

	has(row) {
		return this.chunks[row >>> CHUNK_BITS] !== null;
	}

	value(chunk, slot, rank) {
		if (slot.shape === 0)
			return String(slot.a[rank]);
		if (slot.shape === 1)
			return chunk.pool.slice(chunk.starts[slot.a[rank]], chunk.starts[slot.a[rank] + 1]);
		return guidText(slot.a, rank * 16, slot.shape === 2);
	}

	// Which occurrence of its template in its chunk a row is.
	rank(row, chunk, group) {
		let low = group.from, high = group.from + group.n;
		while (low + 1 < high) {
			const middle = (low + high) >>> 1;
			if (this.order[middle] <= row - chunk.first)
				low = middle;
			else
				high = middle;
		}
		return low - group.from;
	}

	message(row) {
		const chunk = this.chunks[row >>> CHUNK_BITS], t = this.template[row];
		const pieces = this.meta.templates[t];
		if (pieces.length === 2)
			return pieces[1];
		chunk.groupOf = chunk.groupOf || new Map(chunk.groups.map((g) => [g.template, g]));
		const group = chunk.groupOf.get(t);
		return this.render(chunk, group, this.rank(row, chunk, group));
	}

	render(chunk, group, rank) {
		const pieces = this.meta.templates[group.template];
		let s = pieces[1];
		for (let i = 2; i < pieces.length; i++)
			s += this.value(chunk, group.slots[i - 2], rank) + pieces[i];
		return s;
	}

	// Record, line or offset: running sums a source, made for a chunk when one of its rows is looked at.
	number(row) {
		const chunk = this.chunks[row >>> CHUNK_BITS];
		if (!chunk.sums) {
			const last = new Map(), out = new Float64Array(chunk.rows);
			for (let i = 0; i < chunk.rows; i++) {
				const z = chunk.numbers[i], source = this.source[chunk.first + i];
				const delta = z % 2 ? -(z + 1) / 2 : z / 2;
				out[i] = (last.get(source) || 0) + delta;
				last.set(source, out[i]);
			}
			chunk.sums = out;
		}
		return chunk.sums[row - chunk.first];
	}

	kind(row) {
		return this.meta.kinds[this.meta.templates[this.template[row]][0]];
	}

	level(row) {
		return this.kind(row)[2];
	}

	host(row) {
		const h = this.meta.sources[this.source[row]][1];
		return h < 0 ? '' : this.meta.hosts[h];
	}

	place(row) {
		const source = this.meta.sources[this.source[row]], member = this.meta.members[source[0]];
		const n = this.number(row);
		return { path: member[0], sha256: member[1], unit: ['record', 'line', 'offset'][source[2]], number: n,
			recovered: source[3] === 1, text: member[0] + (source[2] === 2 ? '@0x' + n.toString(16) : ':' + n) };
	}

	// "2024-05-14 03:12:46.1182047" in a zone; from an incident's start "+0d 00:00:12.0000000".
	timeText(ticks, zone) {
		if (zone && zone.start !== undefined)
			return relativeText(ticks - zone.start);
		const sum = this.baseSub + ticks, ms = this.baseMs + Math.floor(sum / 10000);
		const sub = String(((sum % 10000) + 10000) % 10000).padStart(4, '0');
		const shown = ms + (zone ? zone.minutes(ticks, ms) * 60000 : 0);
		return new Date(shown).toISOString().slice(0, 23).replace('T', ' ') + sub;
	}

	// Ticks of such a text, of which the end may be left out; NaN where it is none.
	ticksOf(text, zone) {
		const far = zone && zone.start !== undefined && /^\s*([+−-]?)(\d{1,6})d(?: (\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?)?\s*$/.exec(text);
		if (far) {
			const [days, hours, minutes, seconds] = far.slice(2, 6).map((x) => Number(x || 0));
			const size = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1e7 + Number((far[6] || '0').padEnd(7, '0'));
			return zone.start + (far[1] === '-' || far[1] === '−' ? -size : size);
		}
		const m = /^\s*(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?)?Z?\s*$/.exec(text);
		if (!m)
			return NaN;
		const part = m.slice(1, 7).map((x) => Number(x || 0));
		const whole = Date.UTC(part[0], part[1] - 1, part[2], part[3], part[4], part[5]);
		const ticks = (whole - this.baseMs) * 10000 - this.baseSub + Number((m[7] || '0').padEnd(7, '0'));
		const shift = (at) => (zone && zone.minutes ? zone.minutes(at, this.baseMs + at / 10000) * 6e8 : 0);
		return ticks - shift(ticks - shift(ticks));
	}

	// The first row at or after a time.
	lowerBound(ticks) {
		let low = 0, high = this.rows;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.time[middle] < ticks)
				low = middle + 1;
			else
				high = middle;
		}
		return low;
	}
}
