/**
 * Takes the pictures of the status page for the docs: a project with a past, one run going on, wide and narrow, light and dark. By hand, after the page
 * changed: `npm run build && node scripts/write-screenshots.ts`. Needs Chromium; the font Inter makes them look the same everywhere.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchBrowser } from '../test/support/browser.ts';
import { startPageServer } from '../test/support/page-server.ts';
import { seedProject } from '../test/support/seeded-project.ts';

const FOLDER = 'docs/images';
const RUNNING = 'event-tickets';
const SHOTS = [
  ['overview', ''],
  ['mapping', '#/m/shop-purchases'],
] as const;

const dir = mkdtempSync(join(tmpdir(), 'capi-sync-pictures-'));
await seedProject(dir, { baseUrl: 'http://127.0.0.1:1', port: 1 });
const server = await startPageServer(dir);
const view = server.mappings.get(RUNNING);
if (!view) throw new Error(`no mapping ${RUNNING}`);
const counts = {
  read: 18_400,
  sent: 16_100,
  duplicate: 900,
  filtered: 1_400,
  withoutConsent: 0,
  rejected: 0,
  expired: 0,
  batches: 17,
  requests: 17,
  retries: 0,
  inDoubtResent: 0,
};
server.mappings.set(RUNNING, {
  ...view,
  running: { trigger: 'schedule', startedAt: Date.now() - 40_000, counts, totalRows: 41_250 },
});

const browser = await launchBrowser();
mkdirSync(FOLDER, { recursive: true });
for (const [width, height] of [
  [1440, 1000],
  [390, 844],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    for (const [name, hash] of SHOTS) {
      await page.goto(`${server.url}/${hash}`);
      await page
        .locator(name === 'overview' ? '.row' : '.verdict')
        .first()
        .waitFor();
      await page.getByText('live', { exact: true }).waitFor();
      const file = `${FOLDER}/status-page-${name}-${width}-${colorScheme}.png`;
      // Of the mapping all that there is down to its dead letters.
      const tall = name === 'mapping' ? { x: 0, y: 0, width, height: width === 390 ? 1700 : 1500 } : undefined;
      await page.screenshot({ path: file, ...(tall ? { fullPage: true, clip: tall } : {}) });
    }
    await page.close();
  }
}
await browser.close();
await server.close();
rmSync(dir, { recursive: true, force: true });
