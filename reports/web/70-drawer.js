// SPDX-License-Identifier: Apache-2.0
// One event in full: where it stands, what it says, what to do with it.
'use strict';

function drawerPairs(events, row) {
	const kind = events.kind(row), place = events.place(row), ticks = events.time[row];
	const pairs = [['Time', events.timeText(ticks, null) + ' UTC'], ['Host', events.host(row)], ['Level', LEVELS[kind[2]][1]],
		['Provider', kind[0]], ['Id', kind[1] >= 0 ? String(kind[1]) : ''], ['Channel', kind[3]], ['Type', kind[4]],
		['Source', place.path], [place.unit, String(place.number)], ['File SHA-256', place.sha256]];
	if (place.recovered)
		pairs.push(['Recovered', 'from slack space or a damaged chunk']);
	return pairs.filter((p) => p[1] !== '');
}

function drawerMarkdown(events, row) {
	const lines = drawerPairs(events, row).map((p) => '- ' + p[0] + ': ' + markdownText(p[1]));
	return lines.join('\n') + '\n\n' + markdownCode(shown(events.message(row))) + '\n';
}

// Of a cited row, the whole record as the evidence of its incident has it; of others none.
function recordOf(row) {
	const link = document.querySelector('.evidence a.row[href="#e=' + row + '"]'), details = link && link.closest('tr').querySelector('.record');
	if (!details || link.closest('.also'))
		return [];
	return [make('details', { class: 'record', open: true }, make('summary', {}, 'Fields of the record'), details.querySelector('dl').cloneNode(true))];
}

class Drawer {
	constructor(events, actions) {
		this.events = events;
		this.actions = actions;
		this.element = make('section', { class: 'drawer', 'aria-label': 'Selected event', hidden: true });
	}

	show(row) {
		const { events, actions } = this, inside = events.meta.incidents.filter((i) => i.rows.includes(row));
		const list = make('dl', {});
		for (const [name, text] of drawerPairs(events, row))
			list.append(make('dt', {}, name), make('dd', {}, make('bdi', { dir: 'ltr' }, shown(text))));
		for (const inc of inside)
			list.append(make('dt', {}, 'Cited by'), make('dd', {}, make('a', { href: '#i' + inc.rank }, '#' + inc.rank + ' ' + shown(inc.title))));
		const button = (text, run) => make('button', { type: 'button', on: { click: (e) => run(e.currentTarget) } }, text);
		this.element.replaceChildren(make('p', { class: 'msg' }, make('bdi', { dir: 'ltr' }, shown(events.message(row)))), list, ...recordOf(row),
			make('div', { class: 'bar' }, button('± 60 s around it', () => actions.around(row, 60)),
				button('± 10 min', () => actions.around(row, 600)),
				button('Copy link', (b) => copyText(location.href.split('#')[0] + '#e=' + row, b)),
				button('Copy as Markdown', (b) => copyText(drawerMarkdown(events, row), b)),
				button('Copy show command', (b) => copyText('caseline show BUNDLE "' + events.place(row).text + '"', b)),
				button('Close', () => actions.close())));
		this.open(true);
	}

	hide() {
		this.open(false);
	}

	// The table gives way, so that the event and its row are seen at once.
	open(yes) {
		if (this.element.hidden !== yes)
			return;
		this.element.hidden = !yes;
		this.actions.resize(yes);
	}
}
