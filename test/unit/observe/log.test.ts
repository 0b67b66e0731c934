import { describe, expect, it } from 'vitest';
import { openLog } from '../../../src/observe/log.ts';
import { prettyLine } from '../../../src/observe/pretty-log.ts';
import { runCounts } from '../../support/run-counts.ts';

const plain = (_: string, text: string): string => text;

const logged = (level: 'debug' | 'info' | 'warn' | 'error' = 'debug') => {
  const lines: string[] = [];
  return { lines, log: openLog({ level, write: (line) => void lines.push(line) }) };
};

describe('the log', () => {
  it('is one JSON document a line, with time, level, what happened and its fields', () => {
    const { lines, log } = logged();
    log('run-ended', {
      mapping: 'orders',
      run_id: 7,
      status: 'succeeded',
      duration_ms: 12,
      counts: runCounts({ read: 3, sent: 3 }),
    });
    const line = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({
      level: 'info',
      event: 'run-ended',
      mapping: 'orders',
      run_id: 7,
      read: 3,
      sent: 3,
      msg: 'run ended',
    });
    expect(line.ts).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
  });

  it('keeps to the level', () => {
    const { lines, log } = logged('warn');
    log('request', { mapping: 'a' });
    log('ready');
    log('request-failed', { mapping: 'a', class: 'throttle' });
    log('run-failed', { mapping: 'a' });
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(['request-failed', 'run-failed']);
  });

  it('takes an error as code and sentence of ours, never as an object', () => {
    const { lines, log } = logged();
    log('run-failed', {
      error: { code: 'source-unreachable', message: 'the source does not answer', hint: 'look there' },
    });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      code: 'source-unreachable',
      error: 'the source does not answer',
    });
  });

  it('lets of what Meta sends only through what looks like an id', () => {
    const { lines, log } = logged();
    log('request', { fbtrace_id: 'AbC-123_x' });
    log('request', { fbtrace_id: 'ada@example.com is not known' });
    expect(lines.map((line) => JSON.parse(line).fbtrace_id)).toEqual(['AbC-123_x', undefined]);
  });

  it('reads well on a terminal, without what is nothing', () => {
    const { lines, log } = logged();
    log('run-ended', {
      mapping: 'orders',
      run_id: 7,
      status: 'succeeded',
      counts: runCounts({ read: 3, sent: 3 }),
    });
    log('run-failed', { mapping: 'orders', error: { code: 'x', message: 'it broke', hint: 'mend it' } });
    const shown = lines.map((line) => prettyLine(line, plain)).join('');
    expect(shown).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}orders run ended run_id=7 status=succeeded read=3 sent=3\n/);
    expect(shown).toMatch(/error orders run failed - it broke code=x\n {19}mend it\n$/);
  });
});
