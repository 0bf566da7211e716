/* A real Chromium on the dashboard, that minds what it must not do: ask elsewhere, break the page's own policy, throw. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.env.NODE_FOLDER, 'x'));
const { chromium } = require('playwright-core');
const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export class Failed extends Error {}
export const need = (ok, why) => {
  if (!ok) throw new Failed(why);
};

/* Waits until holds(): true, or the last thing that it gave is in the complaint. */
export const until = async (why, holds, seconds = 20) => {
  const end = Date.now() + seconds * 1000 * Number(process.env.PATIENCE ?? 1);
  let got;
  while (!(got = await holds())) {
    if (Date.now() > end) throw new Failed(`LATE ${why} (waited ${seconds} s)`);
    await new Promise(done => setTimeout(done, 50));
  }
  return got;
};

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });

/* A page of its own context, or a further tab of one.  `faults` is what it did and must not. */
export const open = async (browser, base, { hash = '', context = null, scheme = 'light', width = 1440, height = 900, locale = 'en-GB', ratio = 1 } = {}) => {
  const own = context ?? await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale, deviceScaleFactor: ratio });
  const page = await own.newPage(), faults = [], streams = [];
  page.on('pageerror', error => faults.push(`it throws: ${error.stack ?? error.message}`));
  page.on('console', message => { if (/Content Security Policy/i.test(message.text())) faults.push(message.text()); });
  page.on('request', request => {
    if (!request.url().startsWith(base) && !request.url().startsWith('data:')) faults.push(`it asks elsewhere: ${request.url()}`);
    if (request.url().startsWith(`${base}v1/stream`)) streams.push(request.url());
  });
  await page.goto(base + hash);
  await page.waitForSelector('main h1', { timeout: 30000 * Number(process.env.PATIENCE ?? 1) });
  return { page, context: own, faults, streams };
};
export const settled = page => until('the page is busy for long', () => page.evaluate(() => !document.querySelector('main[aria-busy]') && !document.querySelector('#who > .quiet')));

/* What axe-core calls serious or worse. */
export const grave = async page => {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => axe.run());
  need(found.passes.length > 20, `axe-core looked at ${found.passes.length} rules only`);
  return found.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => `${v.id}: ${v.nodes[0].html.slice(0, 200)}`);
};
