// SPDX-License-Identifier: Apache-2.0
// Elements are made by name and text; text never becomes markup.
'use strict';

const STEERING = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

// Characters that steer the display are shown and take no effect.
function shown(text) {
	return String(text).replace(STEERING, (c) => '‹U+' + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0') + '›');
}

function make(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) {
		if (name === 'on')
			for (const [event, run] of Object.entries(value))
				e.addEventListener(event, run);
		else if (value === true)
			e.setAttribute(name, '');
		else if (value !== false && value !== null && value !== undefined)
			e.setAttribute(name, value);
	}
	e.append(...children.filter((c) => c !== null && c !== undefined));
	return e;
}

async function copyText(text, button) {
	const label = button.textContent;
	try {
		await navigator.clipboard.writeText(text);
		button.textContent = 'Copied';
	} catch (_) {
		const area = make('textarea', { rows: 8, class: 'copyarea', 'aria-label': 'Text to copy' });
		area.value = text;
		button.after(area);
		area.focus();
		area.select();
		button.textContent = 'Press Ctrl+C';
	}
	setTimeout(() => { button.textContent = label; }, 1600);
}

// Markdown in which nothing of the evidence is a link, an image or markup.
function markdownText(text) {
	return shown(text).replace(/\s+/g, ' ').trim().replace(/[\\`*_{}[\]<>()#+!|~]/g, '\\$&');
}

function markdownCode(text) {
	const runs = text.match(/`+/g) || [''];
	const fence = '`'.repeat(Math.max(3, ...runs.map((r) => r.length + 1)));
	return fence + '\n' + text + '\n' + fence;
}
