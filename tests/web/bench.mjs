// SPDX-License-Identifier: Apache-2.0
// How fast report.html is in a real browser: node bench.mjs REPORT.html...
// Each page is opened anew from the file system in a fresh profile; least, median and most are printed.
// Nothing but questions is asked of the browser: a network panel would decode the file a second time.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find((p) => p && existsSync(p));
const ROUNDS = Number(process.env.ROUNDS || 5), PATIENCE_MS = 120000, SETTLE_MS = 2500;
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// The DevTools protocol over two pipes: JSON, each message ended by NUL.
class Browser {
	constructor() {
		this.profile = mkdtempSync(join(tmpdir(), 'caseline-bench-'));
		this.process = spawn(executablePath, ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-pipe',
			'--disable-background-networking', '--disable-component-update', '--disable-sync', '--window-size=1500,1000',
			'--user-data-dir=' + this.profile, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
		[, , , this.to, this.from] = this.process.stdio;
		this.waiting = new Map();
		this.last = 0;
		let rest = '';
		this.from.setEncoding('utf8').on('data', (text) => {
			const parts = (rest + text).split('\0');
			rest = parts.pop();
			for (const answer of parts.map((p) => JSON.parse(p)))
				this.hear(answer);
		});
	}

	hear(answer) {
		if (answer.id) {
			this.waiting.get(answer.id)(answer);
			this.waiting.delete(answer.id);
		} else if (answer.method === 'Tracing.dataCollected') {
			this.traced.push(...answer.params.value);
		} else if (answer.method === 'Tracing.tracingComplete') {
			this.traceEnds();
		}
	}

	async send(method, params = {}, session = this.session) {
		const id = ++this.last, answer = new Promise((resolve) => { this.waiting.set(id, resolve); });
		this.to.write(JSON.stringify({ id, method, params, ...(session && { sessionId: session }) }) + '\0');
		const { error, result } = await answer;
		if (error)
			throw new Error(method + ': ' + error.message);
		return result;
	}

	// A browser has work of its own when it starts; a report is opened in one that runs.
	async open(url) {
		await pause(SETTLE_MS);
		const { targetInfos } = await this.send('Target.getTargets');
		const { sessionId } = await this.send('Target.attachToTarget',
			{ targetId: targetInfos.find((t) => t.type === 'page').targetId, flatten: true });
		this.session = sessionId;
		await this.send('Page.navigate', { url });
	}

	async trace() {
		this.traced = [];
		await this.send('Tracing.start', { transferMode: 'ReportEvents', categories: 'toplevel' }, null);
	}

	// The longest tasks of the page's main thread, the busiest of its kind: as the clock saw them, and as
	// the processor did, which other programs do not lengthen.
	async longestTasks() {
		const whole = new Promise((resolve) => { this.traceEnds = resolve; });
		await this.send('Tracing.end', {}, null);
		await whole;
		const main = new Set(this.traced.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map((e) => e.pid + ':' + e.tid));
		const all = new Map();
		for (const e of this.traced)
			if (e.name === 'ThreadControllerImpl::RunTask' && main.has(e.pid + ':' + e.tid)) {
				const of = all.get(e.pid) || { sum: 0, most: 0, busy: 0 };
				all.set(e.pid, { sum: of.sum + (e.dur || 0), most: Math.max(of.most, e.dur || 0), busy: Math.max(of.busy, e.tdur || 0) });
			}
		const { most, busy } = [...all.values()].reduce((a, b) => (b.sum > a.sum ? b : a));
		return { 'longest block': most / 1000, 'longest block, processor': busy / 1000 };
	}

	async ask(expression) {
		const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
		if (exceptionDetails)
			throw new Error(exceptionDetails.text + ' in ' + expression.slice(0, 80));
		return result.value;
	}

	async close() {
		const gone = new Promise((resolve) => { this.process.once('exit', resolve); });
		delete this.session;
		this.send('Browser.close').catch(() => {});
		await Promise.race([gone, pause(5000)]);
		this.process.kill('SIGKILL');
		rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
	}
}

// The page marks when rows stand and when all is read.
const LOADING = `({ 'first row': performance.getEntriesByName('rows')[0].startTime,
	'all events ready': performance.getEntriesByName('ready')[0].startTime })`;

// What the page itself says a choice took: filter, table and picture.
const choose = (label, value) => `new Promise((resolve) => {
	const e = document.querySelector('[aria-label="${label}"]');
	e.value = '${value}';
	e.dispatchEvent(new Event('${label === 'Search messages' ? 'input' : 'change'}'));
	requestAnimationFrame(() => requestAnimationFrame(resolve));
}).then(() => performance.getEntriesByName('shown').at(-1).duration)`;

const SEARCHES = ['timeout', 'sql-prod-03', '4f3a', '77', 'replication failed', 'no such text'];

async function openWhole(browser, file) {
	await browser.open(pathToFileURL(file).href);
	for (let waited = 0; !await browser.ask('document.documentElement?.dataset.ready || ""'); waited += 100) {
		if (waited > PATIENCE_MS)
			throw new Error(file + ' is not ready');
		await pause(100);
	}
	await pause(500);
}

async function measure(browser, file) {
	await openWhole(browser, file);
	const out = { ...await browser.ask(LOADING), events: Number(await browser.ask('document.documentElement.dataset.ready')) };
	for (const q of SEARCHES)
		out['search "' + q + '"'] = await browser.ask(choose('Search messages', q));
	out['search "timeout" again'] = await browser.ask(choose('Search messages', 'timeout'));
	await browser.ask(choose('Search messages', ''));
	out['filter by level'] = await browser.ask(choose('Level', 2));
	await browser.ask(choose('Level', 0));
	out['filter by provider'] = await browser.ask(choose('Provider', 0));
	return out;
}

// Alone, since what watches the tasks slows them a little.
async function longestBlock(browser, file) {
	await pause(SETTLE_MS);
	await browser.trace();
	await openWhole(browser, file);
	return browser.longestTasks();
}

async function inBrowser(work, file) {
	const browser = new Browser();
	try {
		return await work(browser, file);
	} finally {
		await browser.close();
	}
}

const once = async (file) => ({ ...await inBrowser(measure, file), ...await inBrowser(longestBlock, file) });

// What the bytes of the file are: the events' blocks, what tells them apart, the program, the rest to read.
function partsOf(file) {
	const text = readFileSync(file, 'latin1'), of = { events: 0, tables: 0, program: 0 };
	for (const [whole, attributes] of text.matchAll(/<(?:script|style)([^>]*)>[^]*?<\/(?:script|style)>/g))
		of[/octet-stream/.test(attributes) ? 'events' : /json/.test(attributes) ? 'tables' : 'program'] += whole.length;
	return { ...of, 'page and details': text.length - of.events - of.tables - of.program, whole: text.length };
}

for (const file of process.argv.slice(2)) {
	const runs = [];
	for (let i = 0; i < ROUNDS; i++)
		runs.push(await once(file));
	const { whole, ...parts } = partsOf(file), events = runs[0].events;
	console.log(`${file}: ${(whole / 1e6).toFixed(1)} MB, ${events} events of ${(whole / events).toFixed(1)} bytes`);
	console.log('  ' + Object.entries(parts).map(([name, bytes]) => `${name} ${(bytes / 1e6).toFixed(2)} MB`).join(', '));
	console.log(`  ${ROUNDS} runs; ms`.padEnd(32) + '    least   median     most');
	for (const name of Object.keys(runs[0]).filter((k) => k !== 'events')) {
		const all = runs.map((r) => r[name]).sort((a, b) => a - b);
		console.log('  ' + name.padEnd(30) + [all[0], all[all.length >> 1], all.at(-1)].map((v) => v.toFixed(1).padStart(9)).join(''));
	}
}
