// SPDX-License-Identifier: Apache-2.0
// What is shown, as text behind '#', so that a link shows the same. Only known keys, within bounds.
'use strict';

function stateDefault() {
	return { text: '', level: 0, host: -1, provider: -1, id: '', from: null, to: null, cited: false, row: -1, vm: -1, zone: 'utc' };
}

function stateRead(hash, events) {
	const f = stateDefault(), bound = (v, most) => (/^\d{1,9}$/.test(v) && Number(v) < most ? Number(v) : -1);
	for (const part of hash.replace(/^#/, '').split('&')) {
		const cut = part.indexOf('=');
		let value = '';
		try {
			value = decodeURIComponent(part.slice(cut + 1)).slice(0, 500);
		} catch (_) {
			continue;
		}
		switch (cut > 0 ? part.slice(0, cut) : '') {
		case 'q': f.text = value; break;
		case 'l': f.level = Math.max(bound(value, 6), 0); break;
		case 'h': f.host = bound(value, events.meta.hosts.length); break;
		case 'p': f.provider = events.meta.providers.indexOf(value); break;
		case 'id': f.id = /^\d{1,10}$/.test(value) ? value : ''; break;
		case 'vm': f.vm = events.meta.vms.findIndex((v) => v[0] === value); break;
		case 'z': f.zone = events.zones.some((z) => z.key === value) ? value : 'utc'; break;
		case 'c': f.cited = value === '1'; break;
		case 'e': f.row = bound(value, events.rows); break;
		case 't': {
			const m = /^(-?\d{1,16})-(-?\d{1,16})$/.exec(value);
			if (m && Number(m[1]) <= Number(m[2]))
				[f.from, f.to] = [Number(m[1]), Number(m[2])];
			break;
		}
		default:
		}
	}
	return f;
}

function stateWrite(f, events) {
	const parts = [];
	const put = (key, value) => parts.push(key + '=' + encodeURIComponent(value));
	if (f.text) put('q', f.text.toWellFormed ? f.text.toWellFormed() : f.text);
	if (f.level) put('l', f.level);
	if (f.host >= 0) put('h', f.host);
	if (f.provider >= 0) put('p', events.meta.providers[f.provider]);
	if (f.id) put('id', f.id);
	if (f.vm >= 0) put('vm', events.meta.vms[f.vm][0]);
	if (f.zone !== 'utc') put('z', f.zone);
	if (f.cited) put('c', 1);
	if (f.from !== null) put('t', f.from + '-' + f.to);
	if (f.row >= 0) put('e', f.row);
	return parts.join('&');
}
