// SPDX-License-Identifier: Apache-2.0
// report.html in a real browser: node report.test.mjs REPORT.html TIMELINE.jsonl [SCREENSHOT-FOLDER]
// Opened from the file system as a person would, it must connect to nothing, log no error, hold what
// timeline.jsonl holds, obey the keyboard and pass axe in both themes.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [report, timeline, shots] = process.argv.slice(2);
const url = pathToFileURL(report).href;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find((p) => p && existsSync(p));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking',
	'--no-first-run', '--disable-component-update', '--disable-sync'] });
let failed = 0;

async function open(options = {}, hash = '', at = url) {
	const { bypass, stopped, ...rest } = options;
	const context = await browser.newContext({ viewport: { width: 1500, height: 1000 }, bypassCSP: bypass, ...rest });
	const page = await context.newPage(), trouble = [];
	page.on('console', (m) => ['error', 'warning'].includes(m.type()) && trouble.push(m.text()));
	page.on('pageerror', (e) => trouble.push(String(e)));
	page.on('request', (r) => r.url().split('#')[0] !== at && trouble.push('asked for ' + r.url().slice(0, 80)));
	page.on('dialog', (d) => { trouble.push('dialog ' + d.message()); d.dismiss(); });
	await page.goto(at + hash);
	if (options.javaScriptEnabled !== false && !stopped)
		await page.locator('html[data-ready]').waitFor({ state: 'attached', timeout: 30000 });
	return { page, trouble, close: () => context.close() };
}

async function check(name, options, hash, run, at) {
	let it;
	try {
		it = await open(options, hash, at);
		await run(it.page, it);
		assert.deepEqual(it.trouble, []);
		console.log('ok   ' + name);
	} catch (e) {
		failed++;
		console.log('FAIL ' + name + '\n' + String(e.stack || e).split('\n').slice(0, 12).join('\n'));
	}
	if (it)
		await it.close();
}

const shot = (page, name, options) => (shots ? page.screenshot({ path: shots + '/' + name + '.png', ...options }) : null);
const count = (page) => page.textContent('.count').then((t) => Number(t.split(' of ')[0].replace(/\D/g, '')));
// Evidence text as the page shows it: what steers the display stands as a mark.
const STEERING = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
const asShown = (t) => t.replace(STEERING, (c) => '‹U+' + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0') + '›');
const lines = timeline ? readFileSync(timeline, 'utf8').trim().split('\n').filter(Boolean).map((l) => JSON.parse(l))
	.map((l) => ({ ...l, message: asShown(l.message), path: asShown(l.path) })) : null;

for (const theme of ['light', 'dark'])
	await check('axe finds nothing in ' + theme, { colorScheme: theme, bypass: true }, '', async (page) => {
		await page.evaluate(axe);
		const result = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
		assert.deepEqual(result.violations.map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' +
			(n.any[0] ? n.any[0].message : '')).join(', ')), []);
		assert.equal(await page.locator('.banner').count(), 0);
		await shot(page, theme);
		await shot(page, theme + '-full', { fullPage: true });
		await page.locator('#timeline').scrollIntoViewIfNeeded();
		await page.locator('.grow').nth(6).click();
		await shot(page, theme + '-timeline');
	});

await check('without script the verdict and the evidence are there', { javaScriptEnabled: false }, '', async (page) => {
	assert.ok((await page.textContent('h1')).length > 2);
	assert.ok(await page.locator('#static-rows tbody tr').count() > 0);
	await shot(page, 'noscript', { fullPage: true });
});

await check('a phone shows no sideways scroll', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }, '', async (page) => {
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 391));
	await shot(page, 'phone', { fullPage: true });
});

await check('a wide screen is used', { viewport: { width: 3840, height: 2000 } }, '', (page) => shot(page, 'wide'));

await check('print shows the evidence and not the controls', {}, '', async (page) => {
	await page.emulateMedia({ media: 'print' });
	assert.equal(await page.locator('.toolbar').isVisible(), false);
	assert.equal(await page.locator('#static-rows').isVisible(), true);
	if (shots)
		await page.pdf({ path: shots + '/print.pdf', format: 'A4', margin: { top: '12mm', bottom: '12mm', left: '12mm', right: '12mm' } });
});

if (lines)
	await check('every row equals timeline.jsonl', {}, '', async (page) => {
		assert.equal(await count(page), lines.length);
		const rows = await page.evaluate(() => {
			const meta = prepareMeta(JSON.parse(document.getElementById('meta').textContent));
			return [meta.rows, meta.templates.length];
		});
		assert.equal(rows[0], lines.length);
		// The blocks again, by the page's own decoder: it drops each one that it has read.
		const blocks = [...readFileSync(report, 'utf8').matchAll(/id="c(\d+)">([^<]*)</g)].map((m) => [Number(m[1]), m[2]]);
		const decoded = await page.evaluate(async (list) => {
			const e = new Events(prepareMeta(JSON.parse(document.getElementById('meta').textContent)));
			for (const [i, text] of list) {
				const [n, start, size] = e.meta.chunks[i];
				await e.read(i, await inflate(bytesOfBase64(text), size), n, start);
			}
			const texts = Array.from({ length: e.rows }, (_, i) => e.message(i)), folded = texts.map(fold);
			// Pieces of messages, found by the page and by a plain scan: the same rows, not as many.
			let seed = 7, wrong = [];
			const random = (n) => Math.floor((seed = seed * 48271 % 2147483647) / 2147483647 * n);
			for (let k = 0; k < 120; k++) {
				const m = texts[random(e.rows)], at = random(m.length), q = m.slice(at, at + 1 + random(k % 3 ? 12 : 50));
				const rows = q ? filterRows(e, { ...stateDefault(), text: q }).join() : '';
				if (q && rows !== folded.flatMap((t, i) => (t.includes(fold(q)) ? [i] : [])).join())
					wrong.push(q);
			}
			return Array.from({ length: e.rows }, (_, i) => [e.timeText(e.time[i], false), texts[i], e.host(i),
				e.place(i).path, String(e.place(i).number)].join('\u0001')).concat(JSON.stringify(wrong));
		}, blocks);
		assert.equal(decoded.pop(), '[]', 'searches that find other rows than a plain scan');
		lines.forEach((l, i) => assert.equal(decoded[i], [l.datetime.slice(0, 27).replace('T', ' '), l.message, asShown(l.hostname || ''),
			l.path, String(l.record_number ?? l.line ?? l.offset)].join('\u0001')));
		const probe = [0, 1, Math.floor(lines.length / 2), lines.length - 1];
		for (const row of probe) {
			await page.evaluate((r) => { location.hash = '#e=' + r; }, row);
			await page.waitForTimeout(80);
			const text = await page.textContent('.drawer');
			assert.ok(text.includes(lines[row].message), lines[row].message);
			assert.ok(text.includes(lines[row].datetime.slice(0, 27).replace('T', ' ')), lines[row].datetime);
			assert.ok(text.includes(lines[row].path));
			assert.equal(await page.evaluate(() => [...document.querySelector('.drawer').childNodes].filter((n) => n.nodeType === 3).length), 0);
		}
	});

if (lines)
	await check('search and filters find what a plain scan finds', {}, '', async (page) => {
		const words = new Set(['a', 'e', 'the', 'fail', '0x', '129', '7', "'", ' 1', 'hv01', 'zzzz-none']);
		for (let i = 0; i < lines.length; i += Math.ceil(lines.length / 12)) {
			const m = lines[i].message, at = (i * 7) % Math.max(m.length - 9, 1);
			words.add(m.slice(at, at + 9).trim());
		}
		for (const word of [...words].filter((w) => /^[\x20-\x7e]+$/.test(w))) {
			await page.fill('#q', word);
			await page.waitForTimeout(60);
			const want = lines.filter((l) => l.message.toLowerCase().includes(word.toLowerCase())).length;
			assert.equal(await count(page), want, 'search ' + JSON.stringify(word));
		}
		await page.fill('#q', '');
		await page.selectOption('select[aria-label="Level"]', '3');
		await page.waitForTimeout(60);
		assert.equal(await count(page), lines.filter((l) => ['critical', 'error', 'warning'].includes(l.level)).length);
	});

if (lines)
	await check('what had a start and an end is drawn, listed and told', {}, '', async (page) => {
		const drawn = await page.evaluate(() => JSON.parse(document.getElementById('meta').textContent).activities);
		const listed = await page.locator('details.lasting tbody tr').count();
		assert.ok(listed >= Math.min(drawn.length, 100));
		if (!drawn.length)
			return;
		// Over the first bar in sight the picture's tip names it.
		const canvas = page.locator('canvas[role="img"]').first(), box = await canvas.boundingBox();
		const tips = new Set();
		for (let y = box.height - 24 - 10; y > 0 && !tips.size; y -= 20)
			for (let x = 130; x < box.width && !tips.size; x += 3) {
				await canvas.dispatchEvent('pointermove', { clientX: box.x + x, clientY: box.y + y });
				const tip = await canvas.evaluate((c) => c.title);
				if (tip)
					tips.add(tip);
			}
		assert.ok([...tips].some((tip) => drawn.some((a) => tip.startsWith(a[1]))));
	});
	await check('zones and VMs are chosen, and links keep them', {}, '#z=local', async (page) => {
		const zone = page.locator('select[aria-label="Time zone of the table"]'), first = page.locator('.grow:not([hidden]) .mono').first();
		assert.equal(await zone.inputValue(), 'local');
		for (const key of await zone.locator('option').evaluateAll((all) => all.map((o) => o.value))) {
			await zone.selectOption(key);
			assert.match(await first.textContent(), key[0] === 'i' ? /^ *[+−]\d+d \d\d:\d\d:\d\d\.\d{7}$/ : /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{7}$/);
			// A span is the same whatever zone it is typed in.
			await page.evaluate(() => { location.hash = '#t=10000000-900000000000&z=' + document.querySelector('[aria-label="Time zone of the table"]').value; });
			await page.waitForTimeout(60);
			const inside = await count(page), from = page.locator('input[aria-label^="from"]');
			await from.evaluate((e) => { e.dispatchEvent(new Event('change')); });
			assert.equal(await count(page), inside);
		}
		const vm = page.locator('select[aria-label="VM"]'), names = await vm.locator('option').allTextContents();
		await page.evaluate(() => { location.hash = '#l=0&x=1'; });
		for (const name of names.slice(1, 4).filter((n) => /^[\w-]+$/.test(n))) {
			await vm.selectOption({ label: name });
			await page.waitForTimeout(60);
			const named = lines.filter((l) => new RegExp('(?<![\\w-])' + name + '(?![\\w-])', 'i').test(l.message)).length;
			assert.ok(await count(page) >= named && named > 0, name);
			assert.match(await page.evaluate(() => location.hash), new RegExp('vm=' + name));
		}
	});

await check('the keyboard reaches everything', {}, '', async (page) => {
	const reached = new Set();
	for (let i = 0; i < 400; i++) {
		await page.keyboard.press('Tab');
		const at = await page.evaluate(() => {
			const e = document.activeElement;
			if (!e || e === document.body)
				return null;
			e.dataset.reached = '1';
			return e.tagName;
		});
		if (at)
			reached.add(at);
	}
	if (process.env.DEBUG) console.log(reached);
	const left = await page.evaluate(() => Array.from(document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]'))
		.filter((e) => !e.dataset.reached && e.checkVisibility({ visibilityProperty: true }) && !e.closest('[hidden], dialog')).map((e) => e.outerHTML.slice(0, 80)));
	assert.deepEqual(left, []);
	await page.locator('.gbody').focus();
	await page.keyboard.press('End');
	const rows = Number(await page.getAttribute('.gbody', 'aria-rowcount'));
	assert.equal(await page.locator('.grow[aria-selected="true"]').getAttribute('aria-rowindex'), String(rows));
	await page.keyboard.press('Home');
	let seen = 0;
	for (let i = 0; i < 5; i++) {
		const shownRows = await page.locator('.grow:not([hidden])').evaluateAll((all) => all.map((e) => Number(e.getAttribute('aria-rowindex'))));
		assert.ok(Math.min(...shownRows) <= seen + 2 || i === 0, 'PageDown skipped a row');
		seen = Math.max(...shownRows);
		await page.keyboard.press('PageDown');
	}
	await page.keyboard.press('Escape');
	await page.keyboard.press('/');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'q');
	await page.keyboard.press('Escape');
	await page.keyboard.press('?');
	assert.equal(await page.locator('dialog').isVisible(), true);
});

await check('a hash from anywhere does no harm', {}, '#q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&e=99999999&t=9-1&h=7777&l=x&id=%00&%E0%A4%A', async (page) => {
	assert.ok(await count(page) < 10);
	assert.equal(await page.locator('img').count(), 0);
});

await check('markup in text stays text', {}, '', async (page) => {
	assert.equal(await page.locator('img, iframe, object, embed, base, link, meta[http-equiv="refresh"], form').count(), 0);
	assert.equal(await page.locator('script:not([type])').count(), 1);
});

// Copies with one thing changed, beside the report.
async function checkChanged(name, change, options, run) {
	const path = report.replace(/\.html$/, '.changed.html');
	writeFileSync(path, change(readFileSync(report, 'utf8')));
	await check(name, options, '', run, pathToFileURL(path).href);
	rmSync(path);
}

await checkChanged('a changed block is told and costs no other', (s) => s.replace(/(id="c0">.{200})(.)/, (_, a, b) => a + (b === 'A' ? 'B' : 'A')), {},
	async (page) => assert.match(await page.textContent('.banner'), /Block 0/));

await checkChanged('a changed script does not run and leaves the verdict', (s) => s.replace("'use strict';", "'use strict' ;"), { stopped: true },
	async (page, it) => {
		assert.ok((await page.textContent('h1')).length > 2);
		assert.equal(await page.locator('.gbody').count(), 0);
		assert.match(it.trouble.splice(0).join(), /Content Security Policy/);
	});

await browser.close();
process.exit(failed ? 1 : 0);
