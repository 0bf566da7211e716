/* Pictures of the dashboard for the documents: node shots.mjs URL FOLDER */
import { launch, open, settled } from './browser.mjs';

const [base, folder] = process.argv.slice(2);
const SHOTS = {
  'dashboard': { hash: '#m=export&w=2023', height: 860 },
  'dashboard-dark': { hash: '#p=CN&c=RU&m=export&u=USD&w=2023', scheme: 'dark', height: 1180, width: 1280 },
  'dashboard-chinese': { hash: '#p=CN-LN&w=2023&lang=zh', height: 720, width: 1280 },
  'dashboard-phone': { hash: '#p=CN-LN&c=RU&m=import&w=2023', width: 390, height: 844, ratio: 1.5 },
  'dashboard-why': { hash: '#p=CN-LN&c=RU&w=2023&why=CN-LN,RU,2023,export.CNY', height: 640, width: 1280 },
};

const browser = await launch();
for (const [name, how] of Object.entries(SHOTS)) {
  const { page, context } = await open(browser, base, how);
  if (how.hash.includes('why=')) await page.waitForSelector('#why .record');
  else await settled(page);
  await page.waitForFunction(() => document.querySelector('#asof .on') !== null);
  await page.waitForTimeout(500);                            /* charts have found their size */
  await page.screenshot({ path: `${folder}/${name}.png` });
  await context.close();
}
await browser.close();
