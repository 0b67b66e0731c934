/** A database without a cursor, from `init` to a second run, and what each command says of it on the way. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runCli } from '../support/built-cli.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { sqlTime, TOKEN } from '../support/sync-project.ts';

const NAME = 'members-complete-registration';

describe('a table without a cursor', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'capi-sync-snapshot-'));
  const read = (file: string): string => readFileSync(join(cwd, file), 'utf8');
  const cli = async (...args: string[]) => runCli(args, { cwd, env: { META_ACCESS_TOKEN: TOKEN } });
  const json = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).stdout);
  const sql = (text: string): void => {
    const db = new Database(join(cwd, 'crm.db'));
    db.exec(text);
    db.close();
  };
  let farSide: FarSide;

  beforeAll(async () => {
    await ensureBuilt();
    farSide = await openFarSide();
    const at = sqlTime(Date.now() - 3_600_000);
    sql(`CREATE TABLE members (code TEXT PRIMARY KEY, email TEXT, stage TEXT, paid_at TEXT);
      INSERT INTO members VALUES ('M-1', 'ada@example.com', 'raw', '${at}'), ('M-2', 'bob@example.com', 'raw', '${at}')`);
  }, 180_000);
  afterAll(async () => {
    await farSide.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  it('is proposed as a snapshot, with a secret that only .env knows', async () => {
    const made = await cli('init', '--from', 'crm.db', '--yes');
    expect([made.stderr, made.code]).toEqual(['', 0]);
    const mapping = read(`mappings/${NAME}.yaml`);
    expect(mapping).toMatch(/^ {2}mode: snapshot #/m);
    expect(mapping).not.toContain('cursor:');
    expect(read('config.yaml')).toContain('secret: ${STATE_SECRET}');
    const [, secret = ''] = /^STATE_SECRET=([0-9a-f]{64})$/m.exec(read('.env')) ?? [];
    expect(secret).toHaveLength(64);
    for (const file of ['config.yaml', '.env.example', `mappings/${NAME}.yaml`])
      expect(read(file)).not.toContain(secret);
    const config = read('config.yaml').replace(/# base_url: \S+.*/, `base_url: ${farSide.url}`);
    writeFileSync(join(cwd, 'config.yaml'), config);
    expect((await cli('validate', '--strict')).stdout).toBe('no problems in config and 1 mapping\n');
    expect(await json('test')).toMatchObject({ passed: 1, failed: 0 });
  });

  it('is counted by check, and shown by preview with the ids that a first run gives', async () => {
    const { mappings } = await json('check');
    const findings: { code: string; level: string; text: string }[] = mappings[0].findings;
    const of = (code: string) => findings.find((each) => each.code === code);
    expect(of('snapshot-size')).toMatchObject({
      level: 'ok',
      text: expect.stringMatching(/^2 rows of at most 100,000/),
    });
    expect(of('next-run')).toMatchObject({ text: '2 rows, all of them new, as a first run' });
    expect(of('primary-key')).toMatchObject({ level: 'ok' });
    expect(of('cursor-index')).toBeUndefined();
    appendFileSync(join(cwd, `mappings/${NAME}.yaml`), '\nemit: every_update\n');
    const preview = await json('preview', NAME);
    const first = await json('run');
    expect(first.runs[0]).toMatchObject({ read: 2, sent: 2, unchanged: 0, error: null });
    expect(farSide.events().map(({ event_id }) => event_id)).toEqual(
      preview.events.map(({ event_id }: { event_id: string }) => event_id),
    );
  });

  it('has nothing to send until a row changes, and explain says which', async () => {
    expect((await json('run')).runs[0]).toMatchObject({ read: 0, sent: 0, unchanged: 2 });
    sql("UPDATE members SET email = 'ada.l@example.com' WHERE code = 'M-1'");
    expect(await json('explain', NAME, '--key', 'M-1')).toMatchObject({
      next_run: 'next-run',
      emit: 'every_update',
      verdict: { outcome: 'sent' },
    });
    expect(await json('explain', NAME, '--key', 'M-2')).toMatchObject({
      next_run: 'unchanged',
      verdict: { outcome: 'duplicate' },
    });
    expect((await json('run')).runs[0]).toMatchObject({ read: 1, sent: 1, unchanged: 1 });
    const status = await cli('status');
    expect(status.stdout).toMatch(/snapshot: 20\d\d-/);
  });

  it('knows no place to set its checkpoint to, and takes rows as they are when told', async () => {
    const set = await json('checkpoint', 'set', NAME, '--cursor', '2026-01-01', '--yes');
    expect(set.error.code).toBe('snapshot-has-no-place');
    const range = await cli('run', '--since', '2d', '--json');
    expect(JSON.parse(range.stdout).runs[0].error.code).toBe('range-invalid');
    sql("UPDATE members SET email = 'b@example.com' WHERE code = 'M-2'");
    const adopted = await cli('checkpoint', 'adopt', NAME, '--yes');
    expect([adopted.code, adopted.stdout]).toEqual([0, expect.stringContaining('sends none of them')]);
    expect((await json('run')).runs[0]).toMatchObject({ read: 0, sent: 0, unchanged: 2 });
    const reset = await cli('checkpoint', 'reset', NAME, '--yes');
    expect(reset.stderr.replaceAll(/\s+/g, ' ')).toContain('all rows go out again that have changed');
    // Both have: what they are now was never their first state.
    expect((await json('run')).runs[0]).toMatchObject({ read: 2, sent: 2 });
  });
});
