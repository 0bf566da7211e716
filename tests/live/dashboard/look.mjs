/* The dashboard in front of the real chain.  live_dashboard.py runs it, and does what it asks for on stdout: "ask NAME", until a line comes back.
 *
 *      node look.mjs URL < answers
 */
import readline from 'node:readline';
import { Failed, grave, launch, need, open, settled, until } from './browser.mjs';

const base = process.argv[2], lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const ask = async what => {
  console.log(`ask ${what}`);
  return JSON.parse((await lines.next()).value);
};
const note = text => console.log(`note ${text}`);
const PAIR = '#p=CN-LN&c=RU&m=import&u=CNY&w=2023', EXPORTS = '#p=CN-LN&c=RU&w=2023', MOST_BYTES = 150000;
const text_of = (page, selector) => page.evaluate(s => document.querySelector(s)?.innerText ?? '', selector);
const calm = ({ faults }) => need(faults.length === 0, faults.join('\n'));
const browser = await launch();

/* Every number of the table of provinces and partners is the oracle's, to the last digit, and what the oracle has is in the table. */
const shows_the_totals = async () => {
  const want = await ask('totals');
  for (const m of ['export', 'import', 'total']) {
    const tab = await open(browser, base, { hash: `#m=${m}&u=CNY&w=2023` });
    const { found, columns } = await tab.page.evaluate(() => ({
      found: Object.fromEntries([...document.querySelectorAll('.heat td[data-key] button')].map(b => [b.parentNode.dataset.key, b.title])),
      columns: [...document.querySelectorAll('.heat tbody tr:first-child td[data-key]')].map(td => td.dataset.key.split(' ')[1]),
    }));
    const ungrouped = Object.fromEntries(Object.entries(found).map(([key, title]) => [key, title.replaceAll(',', '').replace(/ CNY$/, '')]));
    const due = Object.fromEntries(Object.entries(want[`${m}.CNY`]).filter(([key]) => columns.includes(key.split(' ')[1])));
    need(Object.keys(due).length > 0 && JSON.stringify(Object.entries(due).sort()) === JSON.stringify(Object.entries(ungrouped).sort()),
      `${m}: the table has ${JSON.stringify(ungrouped)}, the oracle ${JSON.stringify(due)}`);
    const file = await tab.page.evaluate(async () => {
      const response = await fetch(document.querySelector('a[download]').href);
      const bytes = new Uint8Array(await response.arrayBuffer()), has_mark = [0xef, 0xbb, 0xbf].every((byte, i) => bytes[i] === byte);
      return `${has_mark ? response.headers.get('Content-Type') : 'no byte order mark'} ${new TextDecoder().decode(bytes).split('\n').length - 2}`;
    });
    need(file === `text/csv; charset=utf-8; header=present ${Object.keys(due).length + Object.keys(want[`${m}.CNY`]).filter(key => key.endsWith(' WORLD') && !columns.includes('WORLD')).length}`, `the table as a file: ${file}`);
    calm(tab);
    await tab.context.close();
  }
};

/* Who has read nothing finds: how much, who says so, is that all, what is doubtful. */
const answers_the_questions = async () => {
  const tab = await open(browser, base), { page } = tab;
  for (const [id, value] of [['p', 'CN-LN'], ['c', 'RU'], ['m', 'import'], ['w', '2023']]) await page.selectOption(`#${id}`, value);
  await until('no answer', async () => (await text_of(page, '.answer')).startsWith('40,500,000,000.00 CNY'));
  await settled(page);
  need((await text_of(page, 'h1')) === 'Imports of Liaoning from Russia, 2023', await text_of(page, 'h1'));
  need(/Sputnik says 40,500,000,000.00 CNY, 2023/.test(await text_of(page, '#who')), await text_of(page, '#who'));
  need(/no link was given/.test(await text_of(page, '#who')), 'it does not say that there is no link');
  need(/all 365 days/.test(await text_of(page, '#is-all')), await text_of(page, '#is-all'));
  await until('the doubts do not come', async () => /42.64 billion CNY is larger than the 14.4 billion CNY of 2023/.test(await text_of(page, '#doubtful')));
  need((await page.evaluate(() => location.hash)) === '#p=CN-LN&c=RU&m=import&w=2023', await page.evaluate(() => location.hash));
  calm(tab);
  await tab.context.close();
};

/* A number is clicked: the records that it is made of and those left out, with links that are links. */
const says_why = async () => {
  const tab = await open(browser, base, { hash: EXPORTS }), { page } = tab;
  await page.click('.answer button');
  await page.waitForSelector('#why .record');
  const said = await text_of(page, '#why');
  for (const part of ['14,400,000,000.00 CNY', 'One record', 'consul:ln-ru-2023-export', 'contradicted', '42,640,000,000.00 CNY', 'Reuters'])
    need(said.includes(part), `it does not say ${part}: ${said}`);
  await page.keyboard.press('Escape');
  await until('the dialog stays', () => page.evaluate(() => !document.querySelector('#why').open && !location.hash.includes('why')));
  await page.goto(`${base}#v=doubts`);
  await page.waitForSelector('.doubts li');
  need((await text_of(page, '.doubts li')).includes('Liaoning × Russia'), await text_of(page, '.doubts li'));
  await page.click('.doubts li button');
  await page.waitForSelector('#why .record');
  calm(tab);
  await tab.context.close();
};

/* Links show what their sender saw; back goes back, also out of the dialog. */
const goes_there_and_back = async () => {
  const tab = await open(browser, base, { hash: '#m=total&w=2023' }), { page } = tab;
  const first = await text_of(page, 'h1');
  await page.click('.heat tbody th a[href*="p=CN-LN"]');
  await until('no ranking', async () => (await text_of(page, 'h1')).startsWith('Trade of Liaoning with each partner'));
  await page.click('.ranking th a[href*="c=RU"]');
  await until('no pair', async () => (await text_of(page, 'h1')) === 'Trade of Liaoning with Russia, 2023');
  await page.click('.answer button');
  await page.waitForSelector('#why[open] .record');
  const deep = page.url(), other = await open(browser, base, { hash: deep.slice(base.length) });
  await other.page.waitForSelector('#why[open] .record');
  need((await text_of(other.page, 'h1')) === 'Trade of Liaoning with Russia, 2023' && (await text_of(other.page, '#why .answer')) === (await text_of(page, '#why .answer')), 'the link shows something else');
  await other.context.close();
  await page.goBack();
  await until('back leaves the dialog open', () => page.evaluate(() => !document.querySelector('#why').open));
  await page.goBack();
  await until('back does not go to the ranking', async () => (await text_of(page, 'h1')).startsWith('Trade of Liaoning with each partner'));
  await page.goBack();
  await until('back does not go to the table', async () => (await text_of(page, 'h1')) === first && (await page.$('.heat')) !== null);
  await page.goForward();
  await until('forward does not go forward', async () => (await text_of(page, 'h1')).startsWith('Trade of Liaoning with each partner'));
  calm(tab);
  await tab.context.close();
};

/* All of it by keys: into the table, along it, into a number and out again. */
const obeys_keys = async () => {
  const tab = await open(browser, base, { hash: '#m=total&w=2023' }), { page } = tab;
  for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement.closest('.heat td'))); i++) await page.keyboard.press('Tab');
  const at = () => page.evaluate(() => document.activeElement.closest('.heat td')?.dataset.key);
  const first = await at();
  need(first !== undefined, 'Tab does not come to the numbers');
  await page.focus('.scrolled:has(.heat)');
  await page.keyboard.press('ArrowDown');
  need((await at()) === first, `an arrow goes from the box around the table to ${await at()}, not ${first}`);
  await page.keyboard.press('ArrowRight');
  const second = await at();
  need(second !== first && second.split(' ')[0] === first.split(' ')[0], `right of ${first} is ${second}`);
  await page.keyboard.press('ArrowDown');
  const third = await at();
  need(third !== undefined && third.split(' ')[1] === second.split(' ')[1] && third !== second, `below ${second} is ${third}`);
  need(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== 'none'), 'the focus is not to be seen');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#why[open] .answer');
  await page.keyboard.press('Escape');
  await until('the focus does not come back', async () => (await at()) === third);
  calm(tab);
  await tab.context.close();
};

/* Both languages, both schemes; a digit is never lost. */
const speaks_and_counts = async () => {
  const tab = await open(browser, base, { hash: PAIR }), { page } = tab;
  await page.click('#language');
  await until('no Chinese', async () => (await text_of(page, 'h1')) === '2023年辽宁自俄罗斯进口');
  need(await page.evaluate(() => document.documentElement.lang === 'zh-Hans' && document.querySelector('.brief').innerText === '405亿元'), await text_of(page, '.answer'));
  await page.reload();
  await until('it forgets the language', async () => (await text_of(page, 'h1')) === '2023年辽宁自俄罗斯进口');
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor), light = await ground();
  await page.click('#theme');
  await page.click('#theme');
  need((await ground()) !== light, 'dark is as light as light');
  const rows = [['full', '90071992547409931.07', '90,071,992,547,409,931.07'], ['full', '-1234.5', '-1,234.5'], ['full', '0', '0'], ['full', '<b>', '<b>'],
    ['short', '14400000000.00', 'en', '14.4\u202fbn'], ['short', '999499999.99', 'en', '999\u202fm'], ['short', '999500000.00', 'en', '1\u202fbn'], ['short', '-42640000000.00', 'zh', '-426亿'],
    ['short', '90071992547409931.07', 'en', '90072\u202ftn'], ['short', '950.25', 'en', '950'], ['short', '0.05', 'en', '0.05'], ['short', '9994999999.99', 'zh', '99.9亿'], ['short', '123456.78', 'zh', '12.3万']];
  for (const [name, ...rest] of rows) {
    const want = rest.pop(), got = await page.evaluate(([f, args]) => amount[f](...args), [name, rest]);
    need(got === want, `${name}(${rest}) is ${got}, not ${want}`);
  }
  need((await page.evaluate(() => [words.measure('export.qty.H87'), words.unit('KGM'), words.unit('MKD'), words.unit('qty.MKD') !== 'MKD', amount.is_small('-9999.99'), amount.is_small('10000')].join())) === '出口, 件,千克,MKD,true,true,false', 'units have no names');
  calm(tab);
  await tab.context.close();
};

/* An answer that the browser has kept says an age of then: the page works it out from the time, and against the server's clock. */
const knows_how_old_it_is = async () => {
  const LATE_MS = 49000, AHEAD_MS = 7200000, start_ms = Date.now(), context = await browser.newContext({ locale: 'en-GB' });
  const answers = /\/v1\/(?!stream)/;                   /* all come from the same clock; a stream has no end to wait for */
  await context.route(answers, async route => {
    const response = await route.fetch(), now = Math.floor((Date.now() + AHEAD_MS) / 1000) * 1000;
    let body = await response.text();
    if (/\/v1\/totals\//.test(route.request().url()))
      body = JSON.stringify({ ...JSON.parse(body), through_age_ms: 0, through: new Date(start_ms + AHEAD_MS - LATE_MS).toISOString() });
    await route.fulfill({ status: response.status(), body, headers: { 'Content-Type': 'application/json', Date: new Date(now).toUTCString() } });
  });
  const tab = await open(browser, base, { hash: PAIR, context }), { page } = tab;
  const said = () => page.evaluate(() => ['#asof .through', '.counted'].map(s => document.querySelector(s)?.textContent.match(/up to (.*), (\d+ \w+ ago|just now)/)?.slice(1).join(' | ')));
  const [top, sentence] = await said();
  need(top && top === sentence, `on top stands ${top}, below ${sentence}`);
  const age = Number(/(\d+) s ago/.exec(top)?.[1]);
  need(age >= LATE_MS / 1000 - 1 && age < 120, `${LATE_MS / 1000} s and more ago is: ${top}`);
  need(/GMT|UTC|[A-Z]{3}/.test(top), `no zone: ${top}`);
  await until('the age stands still', async () => (await said())[0] !== top && (await said())[1] !== sentence);
  await context.unroute(answers);
  const kept = () => page.evaluate(async () => {
    const response = await fetch('/v1/totals/CN-LN/RU', { cache: 'no-cache' });
    return [await response.text(), Date.parse(response.headers.get('Date'))];
  });
  const [body, date] = await kept();
  await until('what the browser has kept has no new Date', async () => {
    const [again, later] = await kept();
    return again === body && later > date;
  });
  calm(tab);
  await context.close();
};

/* What nobody has told is no 0. */
const knows_what_it_does_not_know = async () => {
  const tab = await open(browser, base, { hash: '#p=CN-XZ&c=AQ&w=2023' });
  need(/No data/.test(await text_of(tab.page, 'main')) && /That is not 0/.test(await text_of(tab.page, 'main')), await text_of(tab.page, 'main'));
  calm(tab);
  await tab.context.close();
};

/* Titles, names and addresses of strangers stay texts. */
const stays_text = async () => {
  const { title, source } = await ask('script');
  const tab = await open(browser, base, { hash: '#p=CN-JL&c=KZ&m=export&w=2023&why=CN-JL,KZ,2023,export.CNY' }), { page } = tab;
  await page.waitForSelector('#why .record');
  const found = await page.evaluate(() => ({ said: document.querySelector('#why').innerText, made: document.querySelectorAll('#why script, #why img, #why b').length,
    links: [...document.querySelectorAll('#why .records a')].map(a => a.href), run: window.pwned === undefined, rels: [...document.querySelectorAll('#why .records a')].map(a => a.rel) }));
  need(found.said.includes(title) && found.said.includes(source), `the title is not shown as it is: ${found.said}`);
  need(found.said.split('no link was given').length - 1 === 0, 'an address that is no link is none');
  need(found.made === 0 && found.run, 'a title became a part of the page');
  need(found.links.length === 1 && found.links[0] === 'https://statistics.example/good' && found.rels[0] === 'noopener noreferrer', `links: ${found.links}`);
  calm(tab);
  await tab.context.close();
};

/* Two tabs, one stream: both move; what moves them is what the oracle says then. */
const moves = async () => {
  const first = await open(browser, base, { hash: '#m=total&w=2023' }), second = await open(browser, base, { hash: '#m=total&w=2023', context: first.context });
  const pair = await open(browser, base, { hash: '#p=CN-LN&c=KZ&m=total&w=2023', context: first.context });
  const changes = await open(browser, base, { hash: '#v=changes', context: first.context });
  const tabs = [first, second, pair, changes];
  for (const { page } of tabs) await until('it is not live', async () => (await text_of(page, '#asof')).endsWith('live') && !(await text_of(page, '#asof')).includes('not live'));
  const cell = tab => tab.page.evaluate(() => document.querySelector('.heat td[data-key="CN-LN RU"] button')?.title);
  for (const round of ['move', 'move']) {
    const due = await ask(round);                            /* { heat, pair }: what is to be seen now */
    for (const tab of [first, second]) await until(`the table does not move to ${due.heat}`, async () => (await cell(tab)) === due.heat, 30);
    await until(`the pair does not move to ${due.pair}`, async () => (await text_of(pair.page, '.answer')).startsWith(due.pair), 30);
    await until('the changes do not tell it', async () => (await text_of(changes.page, 'main')).includes(due.pair), 30);
  }
  need(/The last change of each pair/.test(await text_of(changes.page, 'main')), 'it does not say of what the changes are the last');
  const chosen = await open(browser, base, { hash: '#v=changes&p=CN-LN&c=KZ', context: first.context });
  need((await text_of(chosen.page, 'h1')) === 'What changed: Liaoning and Kazakhstan', await text_of(chosen.page, 'h1'));
  await chosen.page.close();
  const reading = tabs.filter(tab => tab.streams.length > 0).length;
  need(reading === 1, `${reading} of ${tabs.length} tabs read a stream`);
  await first.page.close();                                  /* it had the lock */
  const due = await ask('move');
  await until('nobody took the stream over', async () => (await cell(second)) === due.heat, 60);
  await until('the pair stands still', async () => (await text_of(pair.page, '.answer')).startsWith(due.pair), 30);
  tabs.forEach(calm);
  await first.context.close();
};

/* The server dies, Redis dies and loses all: the page says so, keeps what it has shown, and comes back by itself. */
const survives = async () => {
  const tab = await open(browser, base, { hash: PAIR }), { page } = tab, look = () => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  const troubled = why => until(why, async () => { await look(); return !(await page.isHidden('#trust')); }, 60);
  const well = why => until(why, async () => { await look(); return page.isHidden('#trust'); }, 90);
  for (const end of ['server', 'redis']) {
    await ask(`kill ${end}`);
    await troubled(`it does not say that the ${end} is away`);
    need((await text_of(page, '.answer')).startsWith('40,500,000,000.00'), 'it forgot what it has shown');
    await until('the dot is not red', async () => { await look(); return page.$('#asof .dot.bad'); });
    need(/\. What is shown was true at/.test(await text_of(page, '#trust')), await text_of(page, '#trust'));
    await ask(`start ${end}`);
    await well(`it does not come back with the ${end}`);
    await until('the figure does not come back', async () => (await text_of(page, '.answer')).startsWith('40,500,000,000.00'), 60);
    await until('it is not live again, though nothing changes', async () => / · live$/.test(await text_of(page, '#asof')) && page.$('#asof .dot.good'), 60);
  }
  await page.goto(`${base}#p=CN-LN&c=RU&m=total&w=2023`);
  const due = await ask('move');
  await until('it does not move any more', async () => (await text_of(page, '.answer')).startsWith(due.heat.replace(' CNY', '')), 60);
  calm(tab);
  await tab.context.close();
};

/* Where tokens are asked for the page asks for one; a wrong one shows nothing, the right one shows all, and the stream takes it, too. */
const asks_for_a_token = async () => {
  const { url, token } = await ask('tokens'), context = await browser.newContext({ locale: 'en-GB' }), page = await context.newPage(), fill = async text => {
    await page.fill('#token', text);
    await page.click('form.token button');
  };
  await page.goto(url + PAIR);
  await page.waitForSelector('#token');
  await fill('wrong');
  await until('a wrong token shows something else than the question', () => page.evaluate(() => document.querySelector('#token')?.value === '' && !document.querySelector('main h1')));
  await fill(token);
  await until('the token shows nothing', async () => (await text_of(page, '.answer')).startsWith('40,500,000,000.00'));
  await until('the stream does not take the token', async () => / live$/.test(await text_of(page, '#asof')) && !(await text_of(page, '#asof')).includes('not live'));
  await page.reload();
  await until('the tab forgot the token', async () => (await text_of(page, '.answer')).startsWith('40,500,000,000.00'));
  await context.close();
};

/* axe-core finds nothing serious, and nothing is wider than the window. */
const is_for_everybody = async () => {
  const views = ['', '#p=CN-LN&m=total&w=2023', '#c=RU&m=total&w=2023', EXPORTS, '#p=CN&c=RU&m=total&u=USD&w=2023', '#p=CN-XZ&c=AQ', '#v=doubts', '#v=changes', `${EXPORTS}&why=CN-LN,RU,2023,export.CNY`, `${PAIR}&lang=zh`];
  for (const [scheme, width] of [['light', 1440], ['dark', 1440], ['light', 390], ['dark', 390]]) {
    const tab = await open(browser, base, { scheme, width });
    for (const hash of views) {
      await tab.page.goto('about:blank');
      await tab.page.goto(base + hash);
      await tab.page.waitForSelector(hash.includes('why=') ? '#why .record' : 'main h1');
      if (!hash.includes('why=')) await settled(tab.page);
      await tab.page.evaluate(() => document.querySelectorAll('details').forEach(details => { details.open = true; }));
      await until('a table does not come', () => tab.page.evaluate(() => !document.querySelector('details > .quiet')));
      const found = await grave(tab.page);
      need(found.length === 0, `${scheme}, ${width} wide, ${hash}: ${found.join('\n')}`);
      need(await tab.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${hash} is wider than ${width}`);
    }
    need(tab.faults.filter(fault => !fault.includes('about:blank')).length === 0, tab.faults.join('\n'));
    await tab.context.close();
  }
};

/* Everything that a first visit fetches, as it comes over the wire; the second visit fetches nothing of it again. */
const is_small = async () => {
  const context = await browser.newContext(), page = await context.newPage(), wire = await context.newCDPSession(page), files = new Map();
  let bytes = 0;
  await wire.send('Network.enable');
  wire.on('Network.requestWillBeSent', e => files.set(e.requestId, e.request.url));
  wire.on('Network.loadingFinished', e => { if (!files.get(e.requestId)?.includes('/v1/')) bytes += e.encodedDataLength; });
  await page.goto(base);
  await page.waitForSelector('main h1');
  need(bytes > 20000 && bytes < MOST_BYTES, `the page is ${bytes} bytes`);
  const paint = await page.evaluate(() => Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1));
  note(`${bytes} bytes over the wire, first paint after ${paint} ms`);
  bytes = 0;
  await page.reload();
  await page.waitForSelector('main h1');
  need(bytes < 6000, `a second visit fetches ${bytes} bytes again`);
  await context.close();
};

const checks = { shows_the_totals, answers_the_questions, says_why, goes_there_and_back, obeys_keys, speaks_and_counts, knows_what_it_does_not_know, knows_how_old_it_is, stays_text, asks_for_a_token, is_for_everybody, is_small, moves, survives };
let code = 0;
try {
  for (const [name, check] of Object.entries(checks)) {
    if (process.argv[3] && process.argv[3] !== name) continue;
    try {
      await check();
    } catch (error) {
      throw new Failed(`${name}: ${error instanceof Failed ? error.message : error.stack}`);
    }
    console.log(`ok ${name}`);
  }
} catch (error) {
  console.log(`failed ${error.message.replaceAll('\n', '\\n')}`);
  code = 1;
}
await browser.close();
process.exit(code);
