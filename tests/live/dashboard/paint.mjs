/* How soon something is to be seen: node paint.mjs URL VISITS prints a line of JSON for each first visit, with nothing in the browser's cache. */
import { launch } from './browser.mjs';

const [base, visits] = process.argv.slice(2), browser = await launch();
for (let i = 0; i < Number(visits) + 1; i++) {               /* the very first one also starts the browser: it does not count */
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } }), page = await context.newPage();
  await page.goto(base);
  await page.waitForSelector('main h1, main .failure', { timeout: 60000 });
  const times = await page.evaluate(() => ({ paint: performance.getEntriesByName('first-contentful-paint')[0].startTime, figures: performance.now() }));
  if (i > 0) console.log(JSON.stringify(times));
  await context.close();
}
await browser.close();
