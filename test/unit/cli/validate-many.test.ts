// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
/** Two hundred mappings at once: every file is looked at, and the time that took is printed. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { validate } from '../../../src/cli/commands/validate.ts';
import { runCommand } from '../../support/run-command.ts';

const COUNT = 200;
const SHIPPED = readFileSync(join(import.meta.dirname, '../../../mappings/shop-purchases.yaml'), 'utf8');

it('validates two hundred mappings in one go', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'capi-sync-many-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'mappings'));
  writeFileSync(
    join(folder, 'config.yaml'),
    'version: 1\nconnections: { shop: { connector: sqlite, filename: shop.db } }\ndestinations: { main: { dataset_id: "1234567890", access_token: "${PATH}" } }\n',
  );
  for (let n = 0; n < COUNT; n += 1) {
    const text = SHIPPED.replace(/^name: .*$/m, `name: orders-${n}`).replace(
      /^schedule: .*$/m,
      `schedule: "${n % 60} * * * *"`,
    );
    // The last one has a slip: none is passed over.
    writeFileSync(
      join(folder, `mappings/orders-${n}.yaml`),
      n === COUNT - 1 ? text.replace(/^event:/m, 'evnt:') : text,
    );
  }
  const began = performance.now();
  const { exit, out } = await runCommand(join(folder, 'config.yaml'), (context) => validate(context, [], {}), {
    json: true,
  });
  console.log(`validate of ${COUNT} mappings took ${Math.round(performance.now() - began)} ms here`);
  const { diagnostics } = JSON.parse(out) as { diagnostics: { file: string; code: string }[] };
  expect(exit).toBe(3);
  expect(diagnostics.map(({ code }) => code)).toEqual(['unknown-key']);
  expect(diagnostics[0]?.file).toMatch(/orders-199\.yaml$/);
});
