// SPDX-License-Identifier: Apache-2.0
// report.html in Firefox, driven by its own Marionette protocol: node firefox.mjs REPORT.html TIMELINE.jsonl
// The page must be ready, hold every event as timeline.jsonl does, search and follow a link.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [report, timeline] = process.argv.slice(2);
const lines = readFileSync(timeline, 'utf8').trim().split('\n').map((l) => JSON.parse(l));
const profile = mkdtempSync(join(tmpdir(), 'caseline-firefox-')), port = 20000 + process.pid % 20000;
writeFileSync(join(profile, 'user.js'), `user_pref("marionette.port", ${port});\n` +
	'user_pref("datareporting.policy.dataSubmissionEnabled", false);\nuser_pref("app.update.enabled", false);\n');
const firefox = spawn(process.env.FIREFOX || 'firefox-esr', ['--headless', '--marionette', '--no-remote', '--profile', profile, 'about:blank'],
	{ stdio: 'ignore' });

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function dial() {
	for (let tries = 0; tries < 300; tries++) {
		const socket = connect(port, '127.0.0.1');
		if (await new Promise((resolve) => { socket.once('connect', () => resolve(true)); socket.once('error', () => resolve(false)); }))
			return socket;
		await pause(200);
	}
	throw new Error('Firefox does not answer');
}

// A message is its length in bytes, a colon and JSON: [0, id, command, parameters] and [1, id, error, result].
class Marionette {
	constructor(socket) {
		this.socket = socket;
		this.bytes = Buffer.alloc(0);
		this.waiting = new Map();
		this.last = 0;
		socket.on('data', (d) => this.take(d));
	}

	take(data) {
		this.bytes = Buffer.concat([this.bytes, data]);
		for (;;) {
			const colon = this.bytes.indexOf(':'), size = Number(this.bytes.subarray(0, colon));
			if (colon < 0 || this.bytes.length < colon + 1 + size)
				return;
			const message = JSON.parse(this.bytes.subarray(colon + 1, colon + 1 + size));
			this.bytes = this.bytes.subarray(colon + 1 + size);
			const done = Array.isArray(message) && this.waiting.get(message[1]);
			if (done)
				done(message);
		}
	}

	async send(command, parameters = {}) {
		const id = ++this.last, text = Buffer.from(JSON.stringify([0, id, command, parameters]));
		const answer = new Promise((resolve) => this.waiting.set(id, resolve));
		this.socket.write(Buffer.concat([Buffer.from(text.length + ':'), text]));
		const [, , error, result] = await answer;
		if (error)
			throw new Error(command + ': ' + error.message);
		return result && 'value' in result ? result.value : result;
	}

	run(script, ...args) {
		return this.send('WebDriver:ExecuteScript', { script, args, sandbox: null });
	}
}

async function until(what, probe) {
	for (let tries = 0; tries < 300; tries++) {
		if (await probe())
			return;
		await pause(100);
	}
	throw new Error(what + ' does not come');
}

async function test(m) {
	await m.send('WebDriver:NewSession', {});
	await m.send('WebDriver:Navigate', { url: pathToFileURL(report).href });
	await until('the page', () => m.run('return document.documentElement.hasAttribute("data-ready")'));
	assert.equal(await m.run('return document.querySelectorAll(".banner").length'), 0);
	const counted = () => m.run('return Number(document.querySelector(".count").textContent.split(" of ")[0].replace(/\\D/g, ""))');
	assert.equal(await counted(), lines.length);
	for (const word of ['timeout', 'reset', 'failed']) {
		await m.run('const q = document.getElementById("q"); q.value = arguments[0]; q.dispatchEvent(new Event("input"))', word);
		const want = lines.filter((l) => l.message.toLowerCase().includes(word)).length;
		await until(`${want} rows with ${word}`, async () => await counted() === want);
	}
	for (const row of [0, Math.floor(lines.length / 2), lines.length - 1]) {
		await m.run('location.hash = "#e=" + arguments[0]', row);
		const stamp = lines[row].datetime.slice(0, 27).replace('T', ' ');
		await until('row ' + row, () => m.run('return document.querySelector(".drawer").textContent.includes(arguments[0])', stamp));
	}
	assert.equal(await m.run('return performance.getEntriesByType("resource").length'), 0);
}

let failed = 0;
try {
	await test(new Marionette(await dial()));
	console.log('ok   Firefox reads it all, searches and follows links');
} catch (e) {
	failed = 1;
	console.log('FAIL Firefox: ' + e.message);
}
const gone = new Promise((resolve) => firefox.once('exit', resolve));
firefox.kill();
await Promise.race([gone, pause(5000)]);
rmSync(profile, { recursive: true, force: true });
process.exit(failed);
