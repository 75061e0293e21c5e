// SPDX-License-Identifier: Apache-2.0
// The page's data: base64 of deflated columns, 65,536 rows a block. page_chunk.h tells the layout.
'use strict';

const CHUNK_BITS = 16;
const CHUNK_BYTES_MAX = 64 * 1024 * 1024;
const PIECE_BYTES = 96 * 1024;
const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

// Lets the browser paint and answer: a message to oneself comes back without a timer's least delay.
const BREATH_MS = 10;
const breath = { port: new MessageChannel(), waiting: [], since: 0 };
breath.port.port1.onmessage = () => {
	breath.since = performance.now();
	breath.waiting.shift()();
};

function breathe() {
	return new Promise((resolve) => {
		breath.waiting.push(resolve);
		breath.port.port2.postMessage(0);
	});
}

// A breath where the last one is a while ago.
async function pace() {
	if (performance.now() - breath.since > BREATH_MS)
		await breathe();
}

// Waits until the browser has nothing else to do; what is left of that time is used, with breaths. A
// browser that promises no such time is asked again each time.
const IDLE_MS = 6;
const rest = { left: () => 0 };

async function idle() {
	if (rest.left() > IDLE_MS)
		return pace();
	return new Promise((resolve) => {
		(window.requestIdleCallback || setTimeout)((deadline) => {
			rest.left = deadline ? () => deadline.timeRemaining() : () => 0;
			breath.since = performance.now();
			resolve();
		});
	});
}

function bytesOfBase64(text) {
	if (Uint8Array.fromBase64)
		return Uint8Array.fromBase64(text);
	const binary = atob(text);
	const out = new Uint8Array(binary.length);
	for (let i = 0; i < binary.length; i++)
		out[i] = binary.charCodeAt(i);
	return out;
}

async function feed(writer, packed) {
	for (let at = 0; at < packed.length; at += PIECE_BYTES) {
		await pace();
		await writer.write(packed.subarray(at, at + PIECE_BYTES));
	}
	await writer.close();
}

// Unpacks exactly `size` bytes; zlib's checksum tells a block that was changed.
async function inflate(packed, size) {
	if (!(size <= CHUNK_BYTES_MAX))
		throw new Error('it declares ' + size + ' bytes');
	const stream = new DecompressionStream('deflate');
	const done = feed(stream.writable.getWriter(), packed);
	done.catch(() => {});   // the reader tells the same failure first
	const reader = stream.readable.getReader();
	const out = new Uint8Array(size);
	let at = 0;
	for (;;) {
		const part = await reader.read();
		if (part.done)
			break;
		if (at + part.value.length > size)
			throw new Error('it holds more than it declares');
		out.set(part.value, at);
		at += part.value.length;
	}
	await done;
	if (at !== size)
		throw new Error('it ends early');
	return out;
}

class Reader {
	constructor(bytes) {
		this.bytes = bytes;
		this.at = 0;
	}

	byte() {
		return this.bytes[this.at++];
	}

	u32() {
		const b = this.bytes, i = this.at;
		this.at += 4;
		return (b[i] | b[i + 1] << 8 | b[i + 2] << 16 | b[i + 3] << 24) >>> 0;
	}

	take(n) {
		if (n > this.bytes.length - this.at)
			throw new Error('a column is cut');
		this.at += n;
		return this.bytes.subarray(this.at - n, this.at);
	}

	// n numbers in planes of one byte each, in the smallest array that holds them.
	column(n) {
		const width = this.byte();
		if (!(width <= 8))
			throw new Error('a column has no width');
		if (width === 0)
			return new Uint8Array(n);
		if (width === 1)
			return this.take(n);
		const planes = [];
		for (let k = 0; k < width; k++)
			planes.push(this.take(n));
		const [a, b, c, d] = planes;
		let out;
		if (width === 2) {
			out = new Uint16Array(n);
			for (let i = 0; i < n; i++)
				out[i] = a[i] | b[i] << 8;
		} else if (width <= 4) {
			out = new Uint32Array(n);
			for (let i = 0; i < n; i++)
				out[i] = a[i] | b[i] << 8 | c[i] << 16;
			for (let i = 0; d && i < n; i++)
				out[i] += d[i] * 16777216;
		} else {
			out = new Float64Array(n);
			for (let k = width - 1; k >= 0; k--)
				for (let i = 0, plane = planes[k]; i < n; i++)
					out[i] = out[i] * 256 + plane[i];
		}
		return out;
	}
}

// A word is 0 for the next new one, else its index + 1.
function wordIndexes(column, state) {
	const n = column.length, small = state.next + n < 65536 && column.BYTES_PER_ELEMENT <= 2;
	const out = column instanceof Uint16Array && small ? column : new (small ? Uint16Array : Uint32Array)(n);
	let next = state.next;
	for (let i = 0; i < n; i++) {
		const v = column[i];
		out[i] = v === 0 ? next++ : v - 1;
	}
	state.next = next;
	return out;
}

function guidText(raw, at, upper) {
	let s = '';
	for (let i = 0; i < 16; i++) {
		if (i === 4 || i === 6 || i === 8 || i === 10)
			s += '-';
		s += HEX[raw[at + i]];
	}
	return upper ? s.toUpperCase() : s;
}

// The rows of a chunk by template: from `from` on, `n` of them stand together in `order`.
async function readSlots(reader, templates, groups, state) {
	for (const group of groups) {
		const want = templates[group.template].length - 2;
		if (want)
			await pace();
		for (let s = 0; s < want; s++) {
			const shape = reader.byte();
			if (shape >= 2)
				group.slots.push({ shape, a: reader.take(16 * group.n) });
			else
				group.slots.push({ shape, a: shape ? wordIndexes(reader.column(group.n), state) : reader.column(group.n) });
		}
	}
}

function readWords(reader, chunk, decoder) {
	const n = reader.u32(), lengths = reader.column(n);
	chunk.starts = new Uint32Array(n + 1);
	for (let i = 0; i < n; i++)
		chunk.starts[i + 1] = chunk.starts[i] + lengths[i];
	chunk.pool = decoder.decode(reader.take(reader.u32()));
	if (chunk.pool.length !== chunk.starts[n])
		throw new Error('its words do not add up');
}
