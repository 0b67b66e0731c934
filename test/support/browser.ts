/** A real Chromium for the status page: the one that is installed; on Debian as root it is installed first. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { installPackages } from './databases-install.ts';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const findBrowser = (): string | undefined => PLACES.find((place) => existsSync(place));

export const launchBrowser = async (): Promise<Browser> => {
  let reason = '';
  if (findBrowser() === undefined)
    await installPackages(['chromium']).catch((error: unknown) => {
      reason = error instanceof Error ? error.message : String(error);
    });
  const executablePath = findBrowser();
  if (executablePath === undefined)
    throw new Error(
      `no Chromium for the tests of the status page (${reason}): install chromium, as apt-get install chromium does`,
    );
  // Chromium's own sandbox does not work as root; what it opens here is ours.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
};

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Violation = {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
};

/** What axe-core finds, one line each: rule, weight and the first place. @param rules left out: all of WCAG 2.2 AA, and best practice */
export const findBarriers = async (page: Page, rules?: readonly string[]): Promise<string[]> => {
  await page.evaluate(AXE);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const runOnly = rules ? { type: 'rule', values: rules } : { type: 'tag', values: tags };
  // The parts of a picture are what its name says: hundreds of bars need not be looked at one by one.
  const exclude = [['svg g']];
  const violations = await page.evaluate(
    `axe.run({ exclude: ${JSON.stringify(exclude)} }, { runOnly: ${JSON.stringify(runOnly)} }).then(({ violations }) => violations)`,
  );
  return (violations as Violation[]).map(
    ({ id, impact, nodes }) =>
      `${id} (${impact}) ${nodes.length}x: ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary?.replace(/\s+/g, ' ')}`,
  );
};
