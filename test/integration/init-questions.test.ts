/** `init` on a terminal: a person answers its questions, and what it writes passes validate, test and preview. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ensureBuilt, runCli } from '../support/built-cli.ts';
import { chinookBeds } from '../support/chinook.ts';
import { hasTerminals, openTerminal } from '../support/pseudo-terminal.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAM = `"${ROOT}/node_modules/.bin/node" "${ROOT}/bin/capi-sync.js"`;

const folders: string[] = [];
const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-questions-'));
  folders.push(dir);
  return dir;
};
beforeAll(ensureBuilt, 180_000);
afterAll(() => {
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});

describe.skipIf(!hasTerminals)('init on a terminal', () => {
  it('asks for database, table and what no column tells, and writes what was answered', {
    timeout: 120_000,
  }, async () => {
    inject('postgresUrl');
    const dir = folder();
    const bed = await chinookBeds.postgres!(dir, Date.now());
    const terminal = openTerminal(`${PROGRAM} init`, { cwd: dir, env: { THE_SHOP: bed.url } });
    await terminal.until(/Database\? \[none\] $/);
    terminal.type('$THE_SHOP\n');
    expect(await terminal.until(/Which table\? \[1\] $/)).toMatch(/1 {2}invoice \(order\)/);
    terminal.type('\n');
    await terminal.until(/Event name\? \[Purchase\] $/);
    terminal.type('\n');
    await terminal.until(/Action source\? \[system_generated\] $/);
    terminal.type('the web\n');
    await terminal.until(/One of system_generated[\s\S]*Action source\? \[system_generated\] $/);
    terminal.type('phone_call\n');
    await terminal.until(/Currency\? \[USD\] $/);
    terminal.type('eur\n');
    await terminal.until(/Time zone\? \[UTC\] $/);
    terminal.type('Europe/Berlin\n');
    await terminal.until(/written:[\s\S]*capi-sync check/);
    expect(await terminal.end()).toBe(0);

    const mapping = readFileSync(join(dir, 'mappings/invoice-purchase.yaml'), 'utf8');
    expect(mapping).toContain('action_source: phone_call # where it happened');
    expect(mapping).toContain('currency: EUR\n');
    expect(mapping).toContain('timezone: Europe/Berlin #');
    expect(mapping).toMatch(/event_name: Purchase\n/);
    expect((await runCli(['validate', '--strict'], { cwd: dir })).stdout).toBe('no problems in config and 1 mapping\n');
    expect(JSON.parse((await runCli(['test', '--json'], { cwd: dir })).stdout)).toMatchObject({ passed: 1, failed: 0 });
    const preview = JSON.parse((await runCli(['preview', 'invoice-purchase', '--json'], { cwd: dir })).stdout);
    expect(preview.outcomes).toEqual({ 'would be sent': 10 });
    expect(preview.events[0]).toMatchObject({ action_source: 'phone_call', custom_data: { currency: 'EUR' } });
  });

  it('writes nothing when Ctrl-C is pressed', { timeout: 60_000 }, async () => {
    const dir = folder();
    const terminal = openTerminal(`${PROGRAM} init`, { cwd: dir });
    await terminal.until(/Database\? \[none\] $/);
    terminal.type('\x03');
    await terminal.until(/nothing was written/);
    expect(await terminal.end()).toBe(130);
    expect((await runCli(['validate'], { cwd: dir })).code).toBe(3);
  });

  it('takes Enter for an example, and the schemas beside it are what editors need', { timeout: 60_000 }, async () => {
    const dir = folder();
    const terminal = openTerminal(`${PROGRAM} init`, { cwd: dir });
    await terminal.until(/Database\? \[none\] $/);
    terminal.type('\n');
    await terminal.until(/mappings\/example\.yaml/);
    expect(await terminal.end()).toBe(0);
    for (const [file, schema] of [
      ['config.yaml', 'schemas/config.schema.json'],
      ['mappings/example.yaml', '../schemas/mapping.schema.json'],
    ] as const)
      expect(readFileSync(join(dir, file), 'utf8')).toContain(`# yaml-language-server: $schema=${schema}\n`);
    for (const name of ['config', 'mapping'])
      expect(readFileSync(join(dir, `schemas/${name}.schema.json`), 'utf8')).toBe(
        readFileSync(join(ROOT, `schemas/${name}.schema.json`), 'utf8'),
      );
  });
});
