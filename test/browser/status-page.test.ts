/** The status page as a person meets it: in Chromium, served by `capi-sync start`, over 31 mappings and 10,000 runs. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findBarriers, launchBrowser } from '../support/browser.ts';
import { SEEDED_MAPPINGS } from '../support/seeded-mappings.ts';
import { SEEDED_RUNS, SERVER_TOKEN } from '../support/seeded-project.ts';
import { LIVE, type SeededService, startSeededService } from '../support/seeded-service.ts';

let service: SeededService;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What the browser complained of: a script that the CSP refused, an error in ours. */
let complaints: string[];

beforeAll(async () => {
  [service, browser] = await Promise.all([startSeededService(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // The browser itself reports the 401 of a wrong token, which one test asks for.
    if (message.type() === 'error' && !message.text().includes('status of 401')) complaints.push(message.text());
  });
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const giveToken = async (token: string): Promise<void> => {
  await page.getByLabel('server.token').fill(token);
  await page.getByRole('button', { name: 'Go on' }).click();
};
const open = async (mapping: string): Promise<void> => {
  await page.goto(`${service.url}/#/m/${mapping}`);
  await page.getByRole('heading', { level: 1, name: mapping }).waitFor();
};
const verdict = (text: RegExp) => page.getByRole('region', { name: 'Health' }).filter({ hasText: text });
const run = (): Promise<void> => page.getByRole('button', { name: `Run now: ${LIVE}` }).click();

/** Milliseconds of a processor that the page's thread has had since then: parsing, scripts, layout, painting. */
const processorTime = async (on: Page): Promise<() => Promise<number>> => {
  const session = await on.context().newCDPSession(on);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
  };
};

describe('the page', () => {
  it('shows all mappings in a few small requests, those that need a person first', async () => {
    // From the first byte asked for to the last row drawn, by the browser's own clock.
    await page.addInitScript(`
      new MutationObserver((_, observer) => {
        if (document.querySelectorAll('.row').length <= ${SEEDED_MAPPINGS.length}) return;
        observer.disconnect();
        requestAnimationFrame(() => { globalThis.drawnAt = performance.now(); });
      }).observe(document, { childList: true, subtree: true });
    `);
    const spent = await processorTime(page);
    await page.goto(service.url);
    await page.locator('.row').nth(SEEDED_MAPPINGS.length).waitFor();
    await expect.poll(() => page.evaluate('globalThis.drawnAt')).toBeTypeOf('number');
    const took = await page.evaluate<number>('globalThis.drawnAt');
    const worked = await spent();
    const loaded = await page.evaluate<number[]>(
      "performance.getEntriesByType('resource').map((entry) => entry.transferSize)",
    );
    const bytes = loaded.reduce((sum, size) => sum + size, 0);
    console.log(
      `the page with ${SEEDED_MAPPINGS.length + 1} mappings and ${SEEDED_RUNS} runs: ${Math.round(took)} ms (${Math.round(worked)} of them work of the browser), ${loaded.length + 1} requests, ${Math.round(bytes / 1024)} KiB`,
    );
    // Not by the clock, which also counts what else the machine does: a page of which the browser has less to do than this is there within a second.
    expect(worked).toBeLessThan(900);
    expect(loaded.length).toBeLessThanOrEqual(6);
    expect(bytes).toBeLessThan(80 * 1024);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toMatch(/^2 mappings are failing or late/);
    expect(await page.locator('.row h3').allTextContents()).toEqual(
      expect.arrayContaining(SEEDED_MAPPINGS.map(({ name }) => name)),
    );
    expect((await page.locator('.row h3').allTextContents()).slice(0, 2)).toEqual([
      'marketplace-orders',
      'subscriptions',
    ]);
    expect(await page.locator('.row').first().textContent()).toContain('ECONNREFUSED');
  });

  it('tells of a run that fails, of one that goes on and recovers, and retries a dead letter with the token only', async () => {
    await open(LIVE);
    await run();
    // The first attempt asks for the token, once.
    await giveToken(SERVER_TOKEN);
    await verdict(/Failing.*table/).waitFor();

    await service.sandbox.setFaults(['slow:ms=1200']);
    service.sql(`
      CREATE TABLE live_orders (id INTEGER PRIMARY KEY, order_no TEXT, email TEXT, total TEXT, currency TEXT, paid_at TEXT, updated_at TEXT);
      CREATE INDEX live_orders_capi ON live_orders (updated_at, id);
      WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 3000)
      INSERT INTO live_orders SELECT id, 'L-' || id, CASE WHEN id IN (7, 8) THEN NULL ELSE 'buyer' || id || '@example.com' END, '19.90', 'EUR',
        datetime('now', '-30 minutes'), datetime('now', '-30 minutes', '+' || (id / 100) || ' seconds') FROM n`);
    await run();
    await page.getByRole('progressbar', { name: LIVE }).waitFor();
    await verdict(/Rejections.*2 rows could not be sent, all for no-match-keys/).waitFor();
    await service.sandbox.setFaults([]);
    expect(await page.getByRole('region', { name: 'Dead letters' }).textContent()).toContain(
      'no-match-keys in user_data',
    );

    // Another tab knows nothing of the token.
    const body = JSON.stringify({ all: true });
    const refused = await fetch(`${service.url}/api/mappings/${LIVE}/dead-letters/retry`, { method: 'POST', body });
    expect(refused.status).toBe(401);
    await page.getByRole('button', { name: 'Forget token' }).click();
    service.sql("UPDATE live_orders SET email = 'mended' || id || '@example.com' WHERE id IN (7, 8)");
    await page.getByRole('button', { name: `Retry: no-match-keys of ${LIVE}` }).click();
    await giveToken('not the token at all');
    await page.getByRole('dialog').getByText('Refused').waitFor();
    expect((await service.sandbox.stats()).eventsUnique).toBe(2998);
    await giveToken(SERVER_TOKEN);
    await page.getByText('None: every row that was read could be sent.').waitFor();
    await verdict(/Healthy/).waitFor();
    expect((await service.sandbox.stats()).eventsUnique).toBe(3000);
    expect(await page.evaluate('[localStorage.length, document.cookie]')).toEqual([0, '']);
  });

  it('pauses a mapping and resumes it', async () => {
    await open('repairs');
    await page.getByRole('button', { name: 'Pause: repairs' }).click();
    await giveToken(SERVER_TOKEN);
    await verdict(/Paused/).waitFor();
    await page.getByRole('button', { name: 'Resume: repairs' }).click();
    await verdict(/Healthy/).waitFor();
  });

  it('can be used by keyboard: from the list into a mapping and back', async () => {
    await page.goto(service.url);
    await page.getByRole('link', { name: 'marketplace-orders', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'marketplace-orders' }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('marketplace-orders');
    expect(await page.title()).toBe('marketplace-orders · capi-sync');
    await page.getByRole('link', { name: 'All mappings' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: /failing or late/ }).waitFor();
  });

  it('shows nothing where reading needs the token, and all once it has it', async () => {
    // As a server on another address than loopback answers.
    await page.route('**/api/**', (route) =>
      route.request().headers().authorization === `Bearer ${SERVER_TOKEN}`
        ? route.continue()
        : route.fulfill({ status: 401, json: { error: { code: 'token', message: 'the token is missing or wrong' } } }),
    );
    await page.goto(service.url);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Nothing is shown without the token.').waitFor();
    await page.getByRole('button', { name: 'Enter token' }).click();
    await giveToken('some-other-token');
    await page.getByRole('dialog').getByText('shows nothing without its token').waitFor();
    await giveToken(SERVER_TOKEN);
    await page.locator('.row').first().waitFor();
    await page.getByText('live', { exact: true }).waitFor();
  });

  it('rests while it is hidden and reads again when it is seen', async () => {
    await page.goto(service.url);
    await page.getByText('live', { exact: true }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const setHidden = (hidden: boolean): Promise<void> =>
      page.evaluate(`
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} });
        document.dispatchEvent(new Event('visibilitychange'));
      `);
    await setHidden(true);
    asked.length = 0;
    const [busy] = SEEDED_MAPPINGS;
    const headers = { authorization: `Bearer ${SERVER_TOKEN}` };
    await fetch(`${service.url}/api/mappings/${busy?.name}/pause`, { method: 'POST', headers });
    await fetch(`${service.url}/api/mappings/${busy?.name}/resume`, { method: 'POST', headers });
    expect(asked).toEqual([]);
    await setHidden(false);
    await expect.poll(() => asked).toEqual(expect.arrayContaining(['/api/overview', '/api/events']));
  });
});

describe('nobody is shut out', () => {
  it.each([
    ['a wide screen', 1440, 'light', false],
    ['a wide screen in the dark', 1440, 'dark', true],
    ['a phone', 390, 'light', true],
    ['a phone in the dark', 390, 'dark', false],
  ] as const)(
    'on %s: axe-core finds nothing, and nothing has to be scrolled sideways',
    async (_, width, colorScheme, isWhole) => {
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme });
      // What else there is to find does not depend on the colours.
      const rules = isWhole ? undefined : ['color-contrast'];
      const fits = async (): Promise<boolean> =>
        (await page.evaluate('document.documentElement.scrollWidth')) === width;
      await page.goto(service.url);
      await page.locator('.row').first().waitFor();
      expect(await findBarriers(page, rules)).toEqual([]);
      expect(await fits()).toBe(true);
      await open('shop-purchases');
      if (isWhole) await page.getByText('As a table').click();
      expect(await findBarriers(page, rules)).toEqual([]);
      expect(await fits()).toBe(true);
      await page.getByRole('button', { name: 'Run now: shop-purchases' }).click();
      await page.getByRole('dialog').waitFor();
      expect(await findBarriers(page, rules)).toEqual([]);
    },
  );
});
