// SPDX-License-Identifier: Apache-2.0
// A table of any length: only the rows in sight exist. Above TRACK_MAX pixels the scroll bar is a
// scale, and wheel and keys move by rows, so that no row is out of reach.
'use strict';

const ROW = 24, HEAD = 34, TRACK_MAX = 8000000, FIRST_LINES = 8;
const LEVELS = [['·', 'info', 'l4'], ['◆', 'crit', 'l1'], ['■', 'error', 'l2'], ['▲', 'warn', 'l3'], ['·', 'info', 'l4'],
	['·', 'verb', 'l5'], ['–', '', 'l6']];

const NOT_READ = { time: '…', host: '…', level: '…', tone: '', name: '…', message: '…' };

class Grid {
	constructor(events, onSelect) {
		this.events = events;
		this.onSelect = onSelect;
		this.view = null;
		this.top = 0;
		this.selected = -1;
		this.lines = [];
		this.most = FIRST_LINES;   // at first, so that the browser can answer before all stand
		this.cited = new Set(events.meta.cited);
		this.printed = printedRows();
		this.timeHead = make('span', { role: 'columnheader' }, 'Time (UTC)');
		const head = make('div', { class: 'ghead', role: 'row', 'aria-rowindex': 1 }, this.timeHead,
			...['Host', 'Level', 'Provider, id', 'Message'].map((h) => make('span', { role: 'columnheader' }, h)));
		this.track = make('div', { class: 'track' });
		this.sight = make('div', { class: 'gview', role: 'rowgroup' });
		this.body = make('div', { class: 'gbody', role: 'grid', tabindex: '0', 'aria-label': 'Events', 'aria-readonly': 'true' },
			make('div', { class: 'gtop', role: 'rowgroup' }, head), this.sight, this.track);
		this.element = make('div', { class: 'grid' }, this.body);
		this.body.addEventListener('scroll', () => this.scrolled());
		new ResizeObserver(([entry]) => this.resized(Math.round(entry.contentRect.height))).observe(this.body);
		this.body.addEventListener('wheel', (e) => this.wheel(e), { passive: false });
		this.body.addEventListener('keydown', (e) => this.key(e));
		this.sight.addEventListener('click', (e) => {
			const line = e.target.closest('.grow');
			if (line)
				this.select(Number(line.dataset.at), true);
		});
	}

	get length() {
		return this.view ? this.view.length : this.events.rows;
	}

	row(at) {
		return this.view ? this.view[at] : at;
	}

	// The place of a row of all events in the view, or of the next one that is there.
	placeOf(row) {
		if (!this.view)
			return Math.min(row, this.length - 1);
		let low = 0, high = this.view.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.view[middle] < row)
				low = middle + 1;
			else
				high = middle;
		}
		return Math.min(low, this.view.length - 1);
	}

	// Asking the browser costs a layout of the whole page, so it is asked only where the size changed.
	get tall() {
		this.measure();
		return this.known;
	}

	measure() {
		this.known = this.known || this.body.clientHeight;
	}

	resized(height) {
		if (height === this.known)
			return;
		this.known = height;
		if (this.selected >= 0 && this.selected >= this.top + this.visible())
			this.go(this.selected - this.visible() + 1);
		else
			this.paint();
	}

	visible() {
		return Math.max(Math.floor((this.tall - HEAD) / ROW), 1);
	}

	show(view, row) {
		this.view = view;
		this.track.style.height = Math.min(this.length * ROW, TRACK_MAX) + 'px';
		this.body.setAttribute('aria-rowcount', this.length + 1);
		this.selected = -1;
		if (row >= 0 && this.length)
			this.top = Math.max(this.placeOf(row) - 5, 0);
		this.go(this.top);
	}

	// Puts the row at place `top` first.
	go(top) {
		const last = Math.max(this.length - this.visible(), 0);
		this.top = Math.min(Math.max(Math.round(top), 0), last);
		const exact = this.length * ROW <= TRACK_MAX;
		this.guard = Math.round(exact ? this.top * ROW : last ? this.top / last * (HEAD + TRACK_MAX - this.tall) : 0);
		this.body.scrollTop = this.guard;
		this.paint();
	}

	scrolled() {
		const y = this.body.scrollTop;
		if (Math.abs(y - this.guard) <= 1)
			return;
		this.guard = y;
		const exact = this.length * ROW <= TRACK_MAX, room = this.body.scrollHeight - this.body.clientHeight;
		const last = Math.max(this.length - this.visible(), 0);
		this.top = Math.min(exact ? Math.floor(y / ROW) : Math.round(y / Math.max(room, 1) * last), last);
		this.paint();
	}

	wheel(e) {
		if (this.length * ROW <= TRACK_MAX || e.ctrlKey)
			return;
		e.preventDefault();
		this.go(this.top + Math.sign(e.deltaY) * Math.max(Math.round(Math.abs(e.deltaY) / (e.deltaMode ? 1 : ROW)), 1));
	}

	key(e) {
		const page = Math.max(this.visible() - 1, 1), at = this.selected < 0 ? this.top : this.selected;
		const to = { ArrowDown: this.selected < 0 ? at : at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0,
			End: this.length - 1 }[e.key];
		if (to === undefined || e.altKey || e.ctrlKey || e.metaKey)
			return;
		e.preventDefault();
		this.select(to, true);
	}

	select(at, tell) {
		if (!this.length)
			return;
		this.selected = Math.min(Math.max(at, 0), this.length - 1);
		if (this.selected < this.top || this.selected >= this.top + this.visible())
			this.go(this.selected < this.top ? this.selected : this.selected - this.visible() + 1);
		else
			this.paint();
		if (tell)
			this.onSelect(this.row(this.selected));
	}

	// Less height, for what is shown below; the selected row stays in sight.
	shorten(yes) {
		this.element.classList.toggle('short', yes);
		this.go(this.top);
		if (this.selected >= 0)
			this.select(this.selected, false);
	}

	line(k) {
		if (!this.lines[k]) {
			const cells = ['', '', '', 'gprov', ''].map((c) => make('span', { role: 'gridcell', class: c || null }));
			cells[0].className = 'mono';
			cells[0].append(make('span', { class: 'narrow-off' }), make('span', {}), make('span', { class: 'narrow-off' }));
			this.lines[k] = { cells, element: make('div', { class: 'grow', role: 'row', id: 'g' + k }, ...cells), row: -2 };
			this.sight.append(this.lines[k].element);
		}
		return this.lines[k];
	}

	paint() {
		const n = Math.min(Math.ceil((this.tall - HEAD) / ROW) + 1, this.length - this.top, this.most);
		for (let k = 0; k < n; k++)
			this.fill(this.line(k), this.top + k);
		for (let k = Math.max(n, 0); k < this.lines.length; k++) {
			this.lines[k].element.hidden = true;
			this.lines[k].element.setAttribute('aria-selected', 'false');
		}
		const active = this.selected - this.top;
		if (this.selected >= 0 && active >= 0 && active < n)
			this.body.setAttribute('aria-activedescendant', 'g' + active);
		else
			this.body.removeAttribute('aria-activedescendant');
	}

	fill(line, at) {
		const row = this.row(at), { element } = line, there = this.events.has(row);
		element.hidden = false;
		element.dataset.at = at;
		element.setAttribute('aria-rowindex', at + 2);
		element.setAttribute('aria-selected', at === this.selected ? 'true' : 'false');
		if (line.row === row && line.there === there && line.zone === this.zone)
			return;
		line.row = row;
		line.there = there;
		line.zone = this.zone;
		element.classList.toggle('cited', this.cited.has(row));
		this.write(line.cells, there ? this.shownOf(row) : this.zone ? null : this.printed[row - this.events.meta.first]);
	}

	shownOf(row) {
		const kind = this.events.kind(row), level = LEVELS[kind[2]];
		return { time: this.events.timeText(this.events.time[row], this.zone), host: shown(this.events.host(row)), level: level[0] + ' ' + level[1],
			tone: 'lvl ' + level[2], name: shown(kind[0]) + (kind[1] >= 0 ? ' ' + kind[1] : ''), message: shown(this.events.message(row)) };
	}

	write(cells, of) {
		const parts = cells[0].children, { time, host, level, tone, name, message } = of || NOT_READ;
		parts[0].textContent = time.slice(0, 11);
		parts[1].textContent = time.slice(11, 19);
		parts[2].textContent = time.slice(19);
		cells[1].textContent = host;
		cells[2].textContent = level;
		cells[2].className = tone;
		cells[3].textContent = name.replace(/^Microsoft-Windows-/, '');
		cells[3].title = name;
		cells[4].textContent = message.startsWith(name + ': ') ? message.slice(name.length + 2) : message;
		cells[4].title = message;
	}
}

// The rows that the page shows without script: what the table has until their block is read.
function printedRows() {
	return Array.from(document.querySelectorAll('#static-rows tbody tr'), (tr) => {
		const [time, host, level, name, message] = Array.from(tr.cells, (c) => c.textContent);
		return { time, host, level, tone: tr.cells[2].firstElementChild.className, name, message };
	});
}
