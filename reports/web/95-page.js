// SPDX-License-Identifier: Apache-2.0
// What the page does besides the table: theme, help, copying, keys.
'use strict';

const KEYS = [['j / k', 'next or previous incident'], ['/', 'search'], ['t', 'go to the timeline'], ['e', 'cited events only, on and off'],
	['+ / −', 'zoom into the span, or out'], ['[ / ]', 'move the span earlier or later'], ['m', 'copy the incident as Markdown'],
	['d', 'dark or light'], ['Esc', 'close, clear the span'], ['↑ ↓ PgUp PgDn', 'move in the table']];

function setTheme(theme) {
	document.documentElement.dataset.theme = theme;
	try {
		localStorage.setItem('caseline-theme', theme);
	} catch (_) {
		// Some browsers refuse storage to local files; the choice then lasts as long as the page.
	}
}

function isDark() {
	const chosen = document.documentElement.dataset.theme;
	return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

function incidentMarkdown(article) {
	const text = (selector) => Array.from(article.querySelectorAll(selector), (e) => markdownText(e.textContent));
	const lines = ['## ' + text('h2')[0], '', ...text('.kicker'), ...text('.span'), '', ...text('.lead'), ''];
	const rows = article.querySelectorAll('.evidence tbody tr');
	if (rows.length)
		lines.push('| Role | Time (UTC) | What | Host | Source |', '|---|---|---|---|---|');
	for (const tr of rows) {
		const [time, what, host, source] = tr.querySelectorAll('td'), own = what.cloneNode(true), time1 = time.querySelector('time');
		own.querySelectorAll('details').forEach((d) => d.remove());
		lines.push('| ' + [tr.querySelector('th'), time1 || time, own, host, source.querySelector('.place') || source]
			.map((c) => markdownText(c === time1 ? c.dateTime : c.textContent)).join(' | ') + ' |');
	}
	lines.push('', '### What to do', '');
	article.querySelectorAll('.remedy > li').forEach((li, i) => {
		lines.push((i + 1) + '. ' + markdownText(li.firstChild ? li.firstChild.textContent : ''));
		li.querySelectorAll('.cmd').forEach((c) => lines.push('', markdownCode(c.textContent), ''));
		li.querySelectorAll('.risk').forEach((r) => lines.push('   ' + markdownText(r.textContent)));
	});
	return lines.join('\n') + '\n';
}

function addCopyButtons() {
	for (const article of document.querySelectorAll('.incident'))
		article.querySelector('.kicker').append(make('button', { type: 'button', class: 'copy',
			on: { click: (e) => copyText(incidentMarkdown(article), e.currentTarget) } }, 'Copy as Markdown'));
}

function makeHelp() {
	const list = make('dl', { class: 'about' });
	for (const [key, what] of KEYS)
		list.append(make('dt', {}, make('kbd', {}, key)), make('dd', {}, what));
	const dialog = make('dialog', { class: 'help', 'aria-label': 'Keys' }, make('h2', {}, 'Keys'), list);
	dialog.append(make('button', { type: 'button', on: { click: () => dialog.close() } }, 'Close'));
	document.querySelector('main').append(dialog);
	return dialog;
}

function stepIncident(step) {
	const all = Array.from(document.querySelectorAll('.incident'));
	const now = all.findIndex((a) => a.getBoundingClientRect().bottom > 80);
	const to = all[Math.min(Math.max((now < 0 ? all.length - 1 : now) + step, 0), all.length - 1)];
	if (!to)
		return;
	to.setAttribute('tabindex', '-1');
	to.scrollIntoView();
	to.focus({ preventScroll: true });
}

function moveSpan(app, sign) {
	const { from, to } = app.f;
	if (from !== null)
		app.setSpan([from + sign * (to - from) / 2, to + sign * (to - from) / 2].map(Math.round));
}

function pressKey(e, app, help) {
	const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
	if (e.ctrlKey || e.metaKey || e.altKey || (typing && e.key !== 'Escape') || help.open)
		return;
	const copy = () => {
		const near = Array.from(document.querySelectorAll('.incident')).find((a) => a.getBoundingClientRect().bottom > 80);
		if (near)
			near.querySelector('.copy').click();
	};
	const run = {
		j: () => stepIncident(1), k: () => stepIncident(-1), m: copy, d: () => document.getElementById('theme').click(),
		'?': () => help.showModal(), t: () => document.getElementById('timeline').scrollIntoView(),
		'/': () => app && app.text.focus(), e: () => app && app.cited.click(), '+': () => app && app.zoom(true), '-': () => app && app.zoom(false),
		'[': () => app && moveSpan(app, -1), ']': () => app && moveSpan(app, 1),
		Escape: () => app && (typing ? app.grid.body.focus() : app.drawer.element.hidden ? app.setSpan(null) : app.close()),
	}[e.key];
	if (run) {
		e.preventDefault();
		run();
	}
}

async function startPage() {
	try {
		const theme = localStorage.getItem('caseline-theme');
		if (theme === 'dark' || theme === 'light')
			document.documentElement.dataset.theme = theme;
	} catch (_) {
		// As above.
	}
	let app = null;
	const help = makeHelp();
	addCopyButtons();
	const theme = make('button', { type: 'button', id: 'theme', on: { click: () => { setTheme(isDark() ? 'light' : 'dark'); if (app) app.plot.paint(); } } }, 'Dark / light');
	document.querySelector('header').append(make('div', { class: 'toolbar' }, theme,
		make('button', { type: 'button', on: { click: () => help.showModal() } }, 'Keys')));
	document.addEventListener('keydown', (e) => pressKey(e, app, help));
	app = await startTable();
}

// All of the page but the blocks of rows stands before this script.
startPage();
