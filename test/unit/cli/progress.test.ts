import { describe, expect, it } from 'vitest';
import { progressDisplay, progressText } from '../../../src/cli/progress.ts';
import { openTerminal } from '../../../src/cli/terminal.ts';
import { durationText } from '../../../src/observe/duration-text.ts';
import type { RunCounts } from '../../../src/state/state-store.ts';

const counts = (read: number, sent = read): RunCounts => ({
  ...{
    read,
    sent,
    duplicate: 0,
    filtered: 0,
    withoutConsent: 0,
    rejected: 0,
    expired: 0,
    batches: 0,
    requests: 0,
    retries: 0,
    inDoubtResent: 0,
  },
});
const terminalOf = (isTTY: boolean, columns = 100) => {
  const written: string[] = [];
  const out: string[] = [];
  const stream = { write: (text: string) => written.push(text), isTTY, columns };
  return { terminal: openTerminal({ write: (text: string) => out.push(text) }, stream, {}), written, out };
};

describe('progressText', () => {
  it('says how much of how much, how fast and how long', () => {
    expect(progressText({ mapping: 'm', counts: counts(2500, 2000), totalRows: 10_000 }, 10, false)).toBe(
      'm 2,500 of 10,000 rows, 250 rows/s, 2,000 sent, 30s left',
    );
    expect(progressText({ mapping: 'm', counts: counts(2500), totalRows: 10_000 }, 10, true)).toContain(
      '[######..................] ',
    );
  });

  it('leaves out what is not known, and never promises less than nothing', () => {
    expect(progressText({ mapping: 'm', counts: counts(5), totalRows: undefined }, 0, true)).toBe(
      'm 5 rows, 0 rows/s, 5 sent',
    );
    expect(progressText({ mapping: 'm', counts: counts(20), totalRows: 10 }, 1, true)).toContain(
      `[${'#'.repeat(24)}] 20 of 10 rows`,
    );
    expect(progressText({ mapping: 'm', counts: counts(20), totalRows: 10 }, 1, true)).toContain('0s left');
    expect(progressText({ mapping: 'm', counts: counts(0), totalRows: 0 }, 1, true)).toBe(
      'm 0 of 0 rows, 0 rows/s, 0 sent',
    );
  });
});

it.each([
  [0, '0s'],
  [59.6, '1m 0s'],
  [200, '3m 20s'],
  [7500, '2h 5m'],
  [172_799, '47h 59m'],
  [200_000, '2d 7h'],
])('%d seconds are %s', (seconds, text) => expect(durationText(seconds)).toBe(text));

describe('progressDisplay', () => {
  it('redraws one line of a terminal ten times a second at the most, no wider than it is, and clears it', () => {
    let now = 0;
    const { terminal, written, out } = terminalOf(true, 30);
    const display = progressDisplay(terminal, () => now);
    for (; now < 1000; now += 10) display.show({ mapping: 'orders', counts: counts(now), totalRows: 1000 });
    expect(written.length).toBeGreaterThan(5);
    expect(written.length).toBeLessThanOrEqual(10);
    for (const text of written) {
      expect(text.startsWith('\r\u001b[2K')).toBe(true);
      expect(text.length - 5).toBeLessThan(30);
      expect(text).not.toContain('\n');
    }
    display.end();
    expect(written.at(-1)).toBe('\r\u001b[2K');
    display.end();
    expect(written.filter((text) => text === '\r\u001b[2K')).toHaveLength(1);
    expect(out).toEqual([]);
  });

  it('writes a line every ten seconds elsewhere, and no control characters', () => {
    let now = 0;
    const { terminal, written } = terminalOf(false);
    const display = progressDisplay(terminal, () => now);
    for (; now <= 35_000; now += 500) display.show({ mapping: 'orders', counts: counts(now), totalRows: undefined });
    display.end();
    expect(written).toHaveLength(3);
    for (const text of written) expect(text).toMatch(/^orders [\d,]+ rows, .*\n$/);
  });

  it('starts its clock again with the next mapping', () => {
    let now = 0;
    const { terminal, written } = terminalOf(false);
    const display = progressDisplay(terminal, () => now);
    display.show({ mapping: 'a', counts: counts(1), totalRows: undefined });
    now = 100_000;
    display.show({ mapping: 'b', counts: counts(1), totalRows: undefined });
    now = 110_000;
    display.show({ mapping: 'b', counts: counts(500), totalRows: undefined });
    expect(written).toEqual(['b 500 rows, 50 rows/s, 500 sent\n']);
  });
});
