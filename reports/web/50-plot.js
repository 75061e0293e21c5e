// SPDX-License-Identifier: Apache-2.0
// Events per host over time, of the rows shown, and what had a start and an end; dragging sets the span.
'use strict';

const LANE = 46, LABEL = 128, PLOT_TOP = 22, PLOT_FOOT = 24, TRACK = 20, BAR = 2, REPAINT_MS = 400;
const SHAPES = { critical: '◆', high: '■', medium: '▲', low: '○' };

// "clock ± 2 s"; nothing where it is too little to matter.
function doubtText(ms) {
	if (!(ms >= 500))
		return '';
	return 'clock ± ' + (ms < 120000 ? Math.round(ms / 100) / 10 + ' s' : Math.round(ms / 60000) + ' min');
}

class Plot {
	constructor(events, onBrush) {
		this.events = events;
		this.onBrush = onBrush;
		this.from = 0;
		this.to = events.rows ? 1 : 0;
		this.brush = null;
		this.canvas = make('canvas', { tabindex: '-1', role: 'img', 'aria-label': 'Events per host over time' });
		this.canvas.addEventListener('pointerdown', (e) => this.press(e));
		this.canvas.addEventListener('pointermove', (e) => this.name(e));
		this.lanes();
	}

	// One lane a host that has events here, and one for all that is left.
	lanes() {
		const { meta } = this.events, used = [...new Set(meta.sources.map((s) => s[1]))].sort((a, b) => a - b);
		const known = used.filter((h) => meta.lanes.includes(h));
		this.names = known.map((h) => meta.hosts[h]);
		this.doubts = known.map((h) => doubtText(meta.doubts[h]));
		const rest = used.length > this.names.length;
		if (rest)
			this.names.push('other');
		this.cellOf = Uint8Array.from(meta.sources, (s) => {
			const at = known.indexOf(s[1]);
			return 3 * (at >= 0 ? at : this.names.length - 1);
		});
		this.blind = meta.blind.map(([h, from, to]) => [known.indexOf(h), from, to]).filter(([lane]) => lane >= 0);
		this.classOf = Uint8Array.from(meta.templates, (t) => [0, 2, 2, 1][meta.kinds[t[0]][2]] || 0);
	}

	get foot() {
		return PLOT_TOP + this.names.length * LANE;
	}

	// Of an activity: its box in the picture; one without an end is as long as is known, so short.
	box([track, , start, end]) {
		const x = this.x(start), wide = end === null ? 7 : Math.max(this.x(end) - x, 3);
		const left = Math.max(x, LABEL), right = Math.min(x + wide, this.width);
		return right > left ? { x: left, y: this.foot + track * TRACK + 4, wide: right - left, high: TRACK - 8 } : null;
	}

	// What lies under the pointer, as the picture's tip.
	name(e) {
		const at = this.canvas.getBoundingClientRect(), x = e.clientX - at.left, y = e.clientY - at.top;
		const under = this.events.meta.activities.filter((a) => {
			const b = this.box(a);
			return b && x >= b.x - 2 && x <= b.x + b.wide + 2 && y >= b.y - 3 && y <= b.y + b.high + 3;
		}).slice(0, 4);
		const time = (ticks) => this.events.timeText(ticks, this.zone).trim().slice(0, 19);
		this.canvas.title = under.map(([, what, start, end, how, title]) => what + (how === 1 ? ' ✕ failed' : '') + ': ' + shown(title) + '\n' +
			time(start) + ' to ' + (end === null ? 'an end that was not seen' : time(end))).join('\n');
	}

	span(from, to) {
		this.from = from;
		this.to = Math.max(to, from + 1);
		this.bins = 0;
	}

	x(ticks) {
		return LABEL + (ticks - this.from) / (this.to - this.from) * (this.width - LABEL);
	}

	ticks(x) {
		const t = this.from + (x - LABEL) / (this.width - LABEL) * (this.to - this.from);
		return Math.round(Math.min(Math.max(t, this.from), this.to));
	}

	press(e) {
		const box = this.canvas.getBoundingClientRect(), start = e.clientX - box.left;
		if (start < LABEL || e.button !== 0)
			return;
		const move = (m) => {
			const x = m.clientX - box.left;
			this.brush = [this.ticks(Math.min(start, x)), this.ticks(Math.max(start, x))];
			this.paint();
		};
		const up = (u) => {
			this.canvas.removeEventListener('pointermove', move);
			const far = Math.abs(u.clientX - box.left - start) > 3;
			this.onBrush(far ? this.brush : null);
		};
		this.canvas.setPointerCapture(e.pointerId);
		this.canvas.addEventListener('pointermove', move);
		this.canvas.addEventListener('pointerup', up, { once: true });
	}

	// Which column each row of a block falls into; one behind the last for those outside the span.
	place(c) {
		const { time } = this.events, { first, rows } = this.events.chunks[c], { bins, bin, from, to } = this;
		const scale = bins / (to - from);
		for (let i = first; i < first + rows; i++) {
			const t = time[i];
			bin[i] = t < from || t > to ? bins : Math.min(Math.floor((t - from) * scale), bins - 1);
		}
	}

	// Columns are placed once a span and width, a block at a time.
	measure() {
		const bins = Math.max(Math.min(Math.floor((this.width - LABEL) / BAR), 2400), 1);
		if (bins === this.bins)
			return;
		this.bins = bins;
		this.all = null;
		this.bin = this.bin || new Uint16Array(this.events.rows);
		this.events.chunks.forEach((chunk, c) => chunk && this.place(c));
	}

	countChunk(c, counts) {
		const { source, template } = this.events, { first, rows } = this.events.chunks[c], { bin, cellOf, classOf } = this;
		const stride = this.bins + 1;
		for (let i = first; i < first + rows; i++)
			counts[(cellOf[source[i]] + classOf[template[i]]) * stride + bin[i]]++;
	}

	// Events by lane, class and column; those of all rows are kept.
	count(rows) {
		const { source, template } = this.events, { bin, cellOf, classOf } = this, stride = this.bins + 1;
		if (!rows && this.all) {
			this.counts = this.all;
			return;
		}
		const counts = this.counts = new Uint32Array(this.names.length * 3 * stride);
		if (!rows) {
			this.all = counts;
			this.events.chunks.forEach((chunk, c) => chunk && this.countChunk(c, counts));
		}
		for (let k = 0; rows && k < rows.length; k++) {
			const i = rows[k];
			counts[(cellOf[source[i]] + classOf[template[i]]) * stride + bin[i]]++;
		}
	}

	// A block has been read: its rows join the picture, which is painted again soon.
	add(c) {
		this.place(c);
		if (this.all)
			this.countChunk(c, this.all);
		if (this.soon)
			return;
		this.soon = setTimeout(() => {
			this.soon = 0;
			this.paint();
		}, REPAINT_MS);
	}

	// Asking costs a layout.
	measureWidth() {
		this.width = this.width || Math.max(this.canvas.clientWidth || 900, 300);
	}

	draw(rows) {
		this.measureWidth();
		this.height = this.foot + this.events.meta.tracks.length * TRACK + PLOT_FOOT;
		this.measure();
		this.count(rows);
		this.paint();
	}

	// What a lane shows in a column: all events, warnings, errors.
	sums(lane) {
		const { bins, counts } = this, at = lane * 3 * (bins + 1), out = [new Uint32Array(bins), null, null];
		for (let k = 1; k < 3; k++)
			out[k] = counts.subarray(at + k * (bins + 1), at + k * (bins + 1) + bins);
		for (let b = 0; b < bins; b++)
			out[0][b] = counts[at + b] + out[1][b] + out[2][b];
		return out;
	}

	paint() {
		const scale = window.devicePixelRatio || 1, canvas = this.canvas;
		if (canvas.width !== Math.round(this.width * scale) || canvas.height !== Math.round(this.height * scale)) {
			canvas.width = Math.round(this.width * scale);
			canvas.height = Math.round(this.height * scale);
			canvas.style.height = this.height + 'px';
		}
		const g = canvas.getContext('2d'), css = getComputedStyle(document.documentElement);
		const colour = (name) => css.getPropertyValue('--' + name).trim();
		g.setTransform(scale, 0, 0, scale, 0, 0);
		g.clearRect(0, 0, this.width, this.height);
		g.font = '12px system-ui, sans-serif';
		const sums = this.names.map((_, lane) => this.sums(lane));
		const most = Math.log2(2 + sums.reduce((a, lane) => lane[0].reduce((x, y) => Math.max(x, y), a), 0));
		this.names.forEach((name, lane) => this.paintLane(g, colour, name, lane));
		this.paintBlind(g, colour);
		this.names.forEach((_, lane) => this.paintBars(g, colour, lane, sums[lane], most));
		this.paintTracks(g, colour);
		this.paintPins(g, colour);
		this.paintAxis(g, colour);
		if (this.brush)
			this.paintBrush(g, colour);
	}

	paintLane(g, colour, name, lane) {
		const top = PLOT_TOP + lane * LANE;
		g.fillStyle = colour('panel');
		g.fillRect(LABEL, top + 2, this.width - LABEL, LANE - 6);
		g.fillStyle = colour('fg');
		const doubt = this.doubts[lane];
		g.fillText(shown(name).slice(0, 18), 0, top + LANE / 2 + (doubt ? -3 : 3), LABEL - 8);
		if (!doubt)
			return;
		g.fillStyle = colour('dim');
		g.fillText(doubt, 0, top + LANE / 2 + 13, LABEL - 8);
	}

	// Hatched under the bars: no log of the host has records there, or one of them lacks some.
	paintBlind(g, colour) {
		g.strokeStyle = colour('dim');
		g.lineWidth = 0.7;
		for (const [lane, from, to] of this.blind) {
			const x0 = Math.max(this.x(from), LABEL), x1 = Math.min(Math.max(this.x(to), this.x(from) + 2), this.width);
			const top = PLOT_TOP + lane * LANE + 2, high = LANE - 6;
			if (x1 <= x0)
				continue;
			g.save();
			g.beginPath();
			g.rect(x0, top, x1 - x0, high);
			g.clip();
			g.beginPath();
			for (let x = x0 - high - (x0 - high) % 6; x < x1; x += 6) {
				g.moveTo(x, top + high);
				g.lineTo(x + high, top);
			}
			g.stroke();
			g.restore();
		}
		g.lineWidth = 1;
	}

	// One outline a colour: thousands of boxes would cost the browser more than counting did.
	paintBars(g, colour, lane, sums, most) {
		const foot = PLOT_TOP + lane * LANE + LANE - 4, bins = this.bins, step = (this.width - LABEL) / bins;
		['all', 'warn', 'err'].forEach((key, k) => {
			g.fillStyle = colour(key);
			g.beginPath();
			for (let b = 0, last = 0; b <= bins; b++) {
				const n = b < bins ? sums[k][b] : 0, x = LABEL + b * step;
				if (!n && !last)
					continue;
				if (!last)
					g.moveTo(x, foot);
				else
					g.lineTo(x, foot - last);
				last = n ? Math.max(Math.log2(1 + n) / most * (LANE - 8), 2) : 0;
				g.lineTo(x, foot - last);
			}
			g.fill();
		});
	}

	// Work is a bar, failed work ends in a cross, an outage is an outline; without an end a stub that is open.
	paintTracks(g, colour) {
		const { tracks, activities } = this.events.meta;
		tracks.forEach(([lane, on], i) => {
			g.fillStyle = colour('panel');
			g.fillRect(LABEL, this.foot + i * TRACK + 2, this.width - LABEL, TRACK - 4);
			g.fillStyle = colour('dim');
			g.fillText((lane.replace('vm', 'VM').replace('csv', 'CSV') + ' ' + shown(on)).slice(0, 20), 0, this.foot + i * TRACK + 14, LABEL - 8);
		});
		for (const a of activities) {
			const b = this.box(a), end = a[3], how = a[4];
			if (!b)
				continue;
			g.fillStyle = g.strokeStyle = colour(['accent', 'err', 'err'][how]);
			g.lineWidth = 1.5;
			g.beginPath();
			if (how === 2 || end === null) {
				g.moveTo(b.x + b.wide, b.y);
				g.lineTo(b.x, b.y);
				g.lineTo(b.x, b.y + b.high);
				g.lineTo(b.x + b.wide, b.y + b.high);
				if (end !== null)
					g.closePath();
				g.stroke();
				continue;
			}
			g.globalAlpha = 0.75;
			g.fillRect(b.x, b.y, b.wide, b.high);
			g.globalAlpha = 1;
			if (how === 1)
				g.fillText('✕', Math.min(b.x + b.wide + 1, this.width - 9), b.y + b.high - 1);
		}
		g.lineWidth = 1;
	}

	// Names that would overlap stand side by side, within the picture.
	paintPins(g, colour) {
		const labels = [];
		for (const inc of [...this.events.meta.incidents].sort((a, b) => a.start - b.start)) {
			if (inc.start === null || inc.start < this.from || inc.start > this.to)
				continue;
			const x = this.x(inc.start), label = SHAPES[inc.severity] + ' #' + inc.rank, wide = g.measureText(label).width;
			g.strokeStyle = g.fillStyle = colour(inc.severity);
			if (inc.end > inc.start)   // how long it lasted
				g.fillRect(x, 17, Math.max(Math.min(this.x(inc.end), this.width) - x, 2), 4);
			g.setLineDash([3, 3]);
			g.beginPath();
			g.moveTo(x, 16);
			g.lineTo(x, this.height - PLOT_FOOT);
			g.stroke();
			g.setLineDash([]);
			labels.push({ x, label, wide, colour: g.fillStyle });
		}
		for (let i = 0, free = LABEL; i < labels.length; i++) {
			const l = labels[i];
			l.at = Math.max(l.x - l.wide / 2, free);
			free = l.at + l.wide + 8;
		}
		for (let i = labels.length - 1, end = this.width; i >= 0; i--) {
			const l = labels[i];
			l.at = Math.min(l.at, end - l.wide);
			end = l.at - 8;
			g.fillStyle = l.colour;
			g.fillText(l.label, l.at, 12);
		}
	}

	paintAxis(g, colour) {
		const ticks = Math.min(Math.max(Math.floor((this.width - LABEL) / 240), 1), 10);
		g.fillStyle = colour('dim');
		for (let k = 0; k <= ticks; k++) {
			const at = this.from + (this.to - this.from) / ticks * k, text = this.events.timeText(at, this.zone).slice(0, 16).trim();
			const x = this.x(at), wide = g.measureText(text).width;
			g.fillText(text, Math.min(Math.max(x - wide / 2, LABEL), this.width - wide), this.height - 6);
		}
	}

	paintBrush(g, colour) {
		const x0 = Math.max(this.x(this.brush[0]), LABEL), x1 = Math.min(this.x(this.brush[1]), this.width);
		if (x1 < LABEL || x0 > this.width)
			return;
		g.fillStyle = g.strokeStyle = colour('accent');
		g.globalAlpha = 0.18;
		g.fillRect(x0, PLOT_TOP, Math.max(x1 - x0, 2), this.height - PLOT_TOP - PLOT_FOOT);
		g.globalAlpha = 1;
		g.lineWidth = 1.5;
		g.strokeRect(x0, PLOT_TOP, Math.max(x1 - x0, 2), this.height - PLOT_TOP - PLOT_FOOT);
		g.lineWidth = 1;
	}
}
