// SPDX-License-Identifier: Apache-2.0
// The parts together: controls, keys, links, theme, loading.
'use strict';

// 1234567 with narrow spaces, as the rest of the page has it.
function grouped(n) {
	return String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

class App {
	constructor(meta, root) {
		const events = this.events = new Events(meta);
		this.f = stateDefault();
		this.plot = new Plot(events, (brush) => this.setSpan(brush));
		this.grid = new Grid(events, (row) => this.open(row));
		this.drawer = new Drawer(events, { around: (row, s) => this.around(row, s), close: () => this.close(),
			resize: (short) => this.grid.shorten(short) });
		this.count = make('span', { class: 'count', role: 'status', 'aria-live': 'polite' });
		this.errors = make('div', { role: 'alert' });
		this.controls();
		root.append(this.bar, this.spanBar, make('div', { class: 'plotbox' }, make('div', { class: 'plot' }, this.plot.canvas)),
			this.errors, this.grid.element, this.drawer.element);
		window.addEventListener('hashchange', () => this.follow());
		window.addEventListener('resize', () => this.later(() => { this.plot.width = 0; this.plot.draw(this.grid.view); this.grid.go(this.grid.top); }));
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.plot.paint());
	}

	controls() {
		const { meta } = this.events, change = () => this.changed();
		const option = (value, text) => make('option', { value }, shown(text));
		this.text = make('input', { type: 'search', class: 'q', id: 'q', placeholder: 'Search  ( / )', 'aria-label': 'Search messages',
			maxlength: 500, spellcheck: 'false', autocomplete: 'off', on: { input: () => this.later(change) } });
		this.level = make('select', { 'aria-label': 'Level', on: { change } }, option(0, 'all levels'), option(1, '◆ critical'),
			option(2, '■ error and worse'), option(3, '▲ warning and worse'), option(4, 'information and worse'));
		this.host = make('select', { 'aria-label': 'Host', on: { change } }, option(-1, 'all hosts (' + meta.hosts.length + ')'),
			...meta.hosts.map((h, i) => option(i, h)));
		this.provider = make('select', { 'aria-label': 'Provider', on: { change } }, option(-1, 'all providers (' + meta.providers.length + ')'),
			...meta.providers.map((p, i) => option(i, p)));
		this.vm = make('select', { 'aria-label': 'VM', title: 'Events that name the VM or its id, and those of its own logs', on: { change } },
			option(-1, 'all VMs (' + meta.vms.length + ')'), ...meta.vms.map((v, i) => option(i, v[0])));
		this.vm.hidden = !meta.vms.length;
		this.id = make('input', { class: 'id', inputmode: 'numeric', placeholder: 'id', 'aria-label': 'Event id', maxlength: 10, on: { input: () => this.later(change) } });
		this.cited = make('input', { type: 'checkbox', id: 'cited', on: { change } });
		this.clear = make('button', { type: 'button', on: { click: () => this.apply({ ...stateDefault(), zone: this.f.zone }) } }, 'Clear');
		this.bar = make('div', { class: 'bar', role: 'search', 'aria-label': 'Filter events' }, this.text, this.level, this.host, this.vm, this.provider, this.id,
			make('label', { for: 'cited', hidden: !meta.cited.length }, this.cited, ' cited only'), this.clear, this.count);
		const when = (label) => make('input', { 'aria-label': label, placeholder: label, size: 24, spellcheck: 'false', on: { change: () => this.typedSpan() } });
		this.from = when('from  2024-05-14 03:10');
		this.to = when('to  2024-05-14 03:20');
		this.zone = make('select', { 'aria-label': 'Time zone of the table', on: { change: () => this.setZone(this.zone.value) } },
			...this.events.zones.map((z) => option(z.key, z.name)));
		const button = (text, label, run) => make('button', { type: 'button', 'aria-label': label, on: { click: run } }, text);
		this.spanBar = make('div', { class: 'bar', role: 'group', 'aria-label': 'Time span' }, this.from, this.to,
			button('+ zoom', 'Zoom into the span', () => this.zoom(true)), button('− whole', 'Show the whole time', () => this.zoom(false)), this.zone,
			make('span', { class: 'count' }, 'drag in the picture to choose a span'));
	}

	later(run) {
		cancelAnimationFrame(this.pending);
		this.pending = requestAnimationFrame(run);
	}

	changed() {
		this.f.text = this.text.value;
		this.f.level = Number(this.level.value);
		this.f.host = Number(this.host.value);
		this.f.vm = Number(this.vm.value);
		this.f.provider = Number(this.provider.value);
		this.f.id = /^\d*$/.test(this.id.value.trim()) ? this.id.value.trim() : '';
		this.f.cited = this.cited.checked;
		this.refresh(this.topRow());
	}

	topRow() {
		return this.grid.length ? this.grid.row(this.grid.selected >= 0 ? this.grid.selected : this.grid.top) : -1;
	}

	apply(f) {
		this.f = f;
		this.text.value = f.text;
		this.level.value = f.level;
		this.host.value = f.host;
		this.vm.value = f.vm;
		this.provider.value = f.provider;
		this.useZone(f.zone);
		this.id.value = f.id;
		this.cited.checked = f.cited;
		this.refresh(f.row >= 0 ? f.row : this.topRow());
		if (f.row >= 0 && this.grid.length) {
			this.grid.select(this.grid.placeOf(f.row), false);
			if (this.events.has(f.row))
				this.drawer.show(f.row);
		}
	}

	refresh(row) {
		const start = performance.now(), view = filterRows(this.events, this.f), n = view ? view.length : this.events.rows;
		this.grid.show(view, row);
		this.plot.brush = this.f.from === null ? null : [this.f.from, this.f.to];
		this.plot.draw(view);
		this.from.value = this.f.from === null ? '' : this.events.timeText(this.f.from, this.plot.zone).trim();
		this.to.value = this.f.to === null ? '' : this.events.timeText(this.f.to, this.plot.zone).trim();
		performance.clearMeasures('shown');
		this.took = performance.measure('shown', { start }).duration;
		this.tell(n);
		this.remember();
	}

	tell(n) {
		const total = this.events.rows, loading = this.events.ready < total && !this.events.failed.length;
		this.count.textContent = grouped(n) + ' of ' + grouped(total) + ' events' +
			(loading ? ' · reading ' + Math.floor(this.events.ready / total * 100) + ' %' : ' · ' + Math.max(Math.round(this.took), 1) + ' ms');
	}

	remember() {
		const hash = stateWrite(this.f, this.events), plain = location.hash && !location.hash.includes('=');
		if (!this.started || (plain && !hash))
			return;
		this.written = hash ? '#' + hash : '#timeline';
		history.replaceState(null, '', this.written);
	}

	follow() {
		if (location.hash === this.written || !location.hash.includes('='))
			return;
		this.apply(stateRead(location.hash, this.events));
		document.getElementById('timeline').scrollIntoView();
	}

	open(row) {
		this.f.row = row;
		if (this.events.has(row))
			this.drawer.show(row);
		this.remember();
	}

	close() {
		this.f.row = -1;
		this.drawer.hide();
		this.remember();
		this.grid.body.focus();
	}

	around(row, seconds) {
		const t = this.events.time[row];
		this.apply({ ...stateDefault(), zone: this.f.zone, from: t - seconds * 1e7, to: t + seconds * 1e7, row });
	}

	setSpan(brush) {
		[this.f.from, this.f.to] = brush || [null, null];
		this.refresh(this.topRow());
	}

	typedSpan() {
		const first = this.events.ticksOf(this.from.value, this.plot.zone), last = this.events.ticksOf(this.to.value, this.plot.zone);
		const low = Number.isNaN(first) ? 0 : first, high = Number.isNaN(last) ? this.last : last;
		this.setSpan(this.from.value.trim() === '' && this.to.value.trim() === '' ? null : [Math.min(low, high), Math.max(low, high)]);
	}

	zoom(inside) {
		if (inside && this.f.from !== null)
			this.plot.span(this.f.from, this.f.to);
		else
			this.plot.span(0, this.last);
		this.plot.draw(this.grid.view);
	}

	useZone(key) {
		const chosen = this.events.zones.find((z) => z.key === key), { rank } = this.events.meta.incidents.find((i) => 'i' + i.rank === key) || {};
		this.zone.value = this.f.zone = key;
		this.plot.zone = this.grid.zone = chosen.zone;
		this.grid.timeHead.textContent = rank ? 'Time since #' + rank : key === 'utc' ? 'Time (UTC)' : key === 'local' ? 'Time (local)' : 'Time (host)';
	}

	setZone(key) {
		this.useZone(key);
		this.refresh(this.topRow());
	}

	async loadOne(i) {
		const { events } = this;
		try {
			await events.load(i);
			this.plot.add(i);
		} catch (e) {
			events.failed.push(i);
			this.errors.append(make('p', { class: 'banner' }, '▲ Block ' + i + ' (rows ' + ((i << CHUNK_BITS) + 1) + ' and on) can’t be read: ' +
				shown(e.message || e).replace(/\.$/, '') + '. The other rows are complete.'));
		}
		this.tell(this.grid.length);
	}

	// Blocks near the rows in sight first, of those that the browser has read; a breath between two.
	async load() {
		const { events } = this, { chunks } = events.meta;
		const begin = events.meta.first >>> CHUNK_BITS;
		const order = [...chunks.keys()].sort((a, b) => Math.abs(a - begin) - Math.abs(b - begin) || a - b);
		while (order.length) {
			const at = order.findIndex(blockIsThere);
			if (at >= 0) {
				const [i] = order.splice(at, 1);
				await this.loadOne(i);
				if (i === begin)
					this.grid.paint();
			}
			await (at < 0 ? new Promise((resolve) => { setTimeout(resolve, 4); }) : pace());
		}
		this.repair();
		this.ended = true;
		this.apply(this.f);
		performance.mark('ready');
		document.documentElement.dataset.ready = String(events.ready);
		await layOut();
		await this.rehearse();
	}

	// Prepares what searches go by, then searches for what nobody sees, a part of a block at a time, while
	// nothing else is to be done: the code is fast by the time that somebody searches.
	async rehearse() {
		for (const chunk of this.events.chunks.filter(Boolean))
			for (const prepare of [foldedOf, (c) => lettersOf(c, false), (c) => lettersOf(c, true)]) {
				await idle();
				prepare(chunk);
			}
		const { chunks, pieces } = this.events, parts = [0, 1, 2, 3].map((part) => Uint8Array.from(pieces, (_, t) => Number(t % 4 === part)));
		for (const text of ['zq-7', '7', 'a7', 'e 7']) {
			const search = new TextSearch(this.events, text);
			for (const chunk of chunks.filter(Boolean))
				for (const passes of parts) {
					await idle();
					search.mark(chunk, passes);
				}
		}
	}

	// Rows of a block that can't be read keep the time of the block's start, so that order holds.
	repair() {
		for (const i of this.events.failed)
			this.events.time.fill(this.events.meta.chunks[i][1], i << CHUNK_BITS, (i << CHUNK_BITS) + this.events.meta.chunks[i][0]);
		if (this.events.failed.length)
			this.plot.span(this.plot.from, this.plot.to);
	}
}

// Until what was made is drawn; a tab that nobody sees draws nothing.
function nextFrame() {
	return new Promise((resolve) => {
		requestAnimationFrame(() => breathe().then(resolve));
		setTimeout(resolve, 50);
	});
}

function prepareMeta(meta) {
	meta.providers = [...new Set(meta.kinds.map((k) => k[0]))].sort();
	meta.cited = [...new Set(meta.incidents.flatMap((i) => i.rows))].sort((a, b) => a - b);
	return meta;
}

// What was left out of the first layout, a part at a time.
async function layOut() {
	for (const part of document.querySelectorAll('main > :is(article, section)')) {
		await idle();
		part.classList.add('laid');
	}
}

// In steps, so that the browser can answer between them; the rows without script make room at once.
async function startTable() {
	const meta = prepareMeta(JSON.parse(document.getElementById('meta').textContent)), root = document.getElementById('app');
	if (!meta.rows) {
		layOut();
		return null;
	}
	for (const id of ['density', 'static-rows'])
		if (document.getElementById(id))
			document.getElementById(id).classList.add('print-only');
	await breathe();
	const app = new App(meta, root);
	app.last = meta.last;
	app.plot.span(0, app.last);
	await breathe();
	app.plot.measureWidth();
	app.grid.measure();   // both before anything is written: one layout
	await breathe();
	app.plot.draw(null);
	app.grid.show(null, meta.first + 5);
	if (location.hash.includes('='))
		app.f = stateRead(location.hash, app.events);
	app.tell(meta.rows);
	performance.mark('rows');
	await nextFrame();
	app.grid.most = Infinity;
	app.grid.paint();
	await nextFrame();
	app.load().then(() => {
		app.started = true;
		if (location.hash.includes('='))
			document.getElementById('timeline').scrollIntoView();
	});
	return app;
}
