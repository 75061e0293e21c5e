// SPDX-License-Identifier: Apache-2.0
// How fast report.html is in a real browser: node bench.mjs REPORT.html...
// Each page is opened five times from the file system in a fresh profile; medians are printed.
import { existsSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find((p) => p && existsSync(p));
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const ROUNDS = Number(process.env.ROUNDS || 5);

// Runs in the page before its own script: when the rows stand, when all is read, the longest task.
function watch() {
	window.longest = 0;
	new PerformanceObserver((list) => {
		for (const e of list.getEntries())
			window.longest = Math.max(window.longest, e.duration);
	}).observe({ type: 'longtask', buffered: true });
	new MutationObserver(() => {
		if (!window.firstRow && document.querySelector('.grow'))
			window.firstRow = performance.now();
		if (!window.allReady && document.documentElement.dataset.ready)
			window.allReady = performance.now();
	}).observe(document, { childList: true, subtree: true, attributes: true });
}

async function once(file) {
	const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
	const page = await (await browser.newContext({ viewport: { width: 1500, height: 1000 }, bypassCSP: true })).newPage();
	await page.addInitScript(watch);
	await page.goto(pathToFileURL(file).href);
	await page.locator('html[data-ready]').waitFor({ state: 'attached', timeout: 120000 });
	const out = await page.evaluate(() => ({ first: window.firstRow, ready: window.allReady, longest: window.longest }));
	// What the page itself says a choice took: filter, table and picture.
	const took = (change) => page.evaluate(async (run) => {
		new Function(run)();
		await new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });
		return Number(/(\d+) ms/.exec(document.querySelector('.count').textContent)[1]);
	}, change);
	const choose = (label, value) => `const e = document.querySelector('[aria-label="${label}"]'); e.value = '${value}';
		e.dispatchEvent(new Event('${label === 'Search messages' ? 'input' : 'change'}'))`;
	out['filter by level'] = await took(choose('Level', 2));
	out['filter by provider'] = await took(choose('Provider', 0));
	await took(choose('Level', 0));
	await took(choose('Provider', -1));
	for (const q of ['timeout', 'sql-prod-03', '4f3a', '77', 'replication failed', 'no such text'])
		out['search "' + q + '"'] = await took(choose('Search messages', q));
	out['search "timeout" again'] = await took(choose('Search messages', 'timeout'));
	await browser.close();
	return out;
}

for (const file of process.argv.slice(2)) {
	const runs = [];
	for (let i = 0; i < ROUNDS; i++)
		runs.push(await once(file));
	console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
	for (const name of Object.keys(runs[0]))
		console.log(`  ${name.padEnd(24)} ${median(runs.map((r) => r[name])).toFixed(1).padStart(9)} ms`);
}
