/**
 * Status x body x transport, over a server of raw bytes. Each cell is first one request, whose class must be that of the table below
 * (written by hand, not taken from the program), then a whole run through it, then a run with the far side mended.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column } from '../../connectors/connector.ts';
import { openPostEvents, type PostEvents, type Reply } from '../../src/load/post-events.ts';
import { sleep } from '../../src/load/retry.ts';
import { openState } from '../../src/state/open-state.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { type RunResult, runMapping } from '../../src/sync/run-mapping.ts';
import { bindForTest, mappingFile, NOW } from '../support/bind-for-test.ts';
import { memorySource } from '../support/memory-source.ts';
import { answerBytes, openRawFarSide, type Play, type RawCell, type RawFarSide } from '../support/raw-far-side.ts';

const EVENTS = 3;
const DEADLINE_MS = 1_000;
/** Beyond the deadline: 250 cells share two cores. */
const GRACE_MS = 2_000;

const graph = (code: number, subcode?: number): string =>
  JSON.stringify({ error: { message: 'a text', type: 'OAuthException', code, error_subcode: subcode } });
const HTML = '<!DOCTYPE html><html><body>Sorry, something went wrong.</body></html>';

/** In the order of the columns below. */
const BODIES: Readonly<Record<string, Buffer | string>> = {
  right: JSON.stringify({ events_received: EVENTS, messages: [], fbtrace_id: 'A' }),
  'wrong count': JSON.stringify({ events_received: EVENTS - 1 }),
  html: HTML,
  empty: '',
  truncated: JSON.stringify({ events_received: EVENTS }).slice(0, 12),
  huge: Buffer.alloc(2_000_000, 'x'),
  'invalid UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31]),
  'code 100': graph(100, 2804019),
  'code 190': graph(190, 463),
  'code 368': graph(368),
  'code 100/33': graph(100, 33),
  'code 80004': graph(80004),
  'code 2': graph(2),
  'code 999999': graph(999999),
};

/*
 * A accepted · I invalid · U auth · P policy · C config · H throttle · T transient · L too large · B no answer of this API.
 * Columns: right, wrong count, html, empty, truncated, huge, invalid UTF-8 | 100, 190, 368, 100/33, 80004, 2, 999999
 */
const EXPECTED: Readonly<Record<number, string>> = {
  200: 'ABBBBTB BBBBBBB',
  201: 'BBBBBTB BBBBBBB',
  301: 'BBBBBTB IUPCHTB',
  400: 'BBBBBTB IUPCHTI',
  401: 'UUUUUTU IUPCHTU',
  403: 'UUUUUTU IUPCHTU',
  404: 'BBBBBTB IUPCHTI',
  408: 'TTTTTTT IUPCHTT',
  413: 'LLLLLTL IUPCHTL',
  429: 'HHHHHTH IUPCHTH',
  500: 'TTTTTTT IUPCHTT',
  502: 'TTTTTTT IUPCHTT',
  503: 'TTTTTTT IUPCHTT',
  504: 'TTTTTTT IUPCHTT',
  520: 'TTTTTTT IUPCHTT',
};
const CLASSES: Readonly<Record<string, string>> = {
  A: 'accepted',
  I: 'invalid',
  U: 'auth',
  P: 'policy',
  C: 'config',
  H: 'throttle',
  T: 'transient',
  L: 'too_large',
  B: 'bad_response',
};

type Cell = RawCell & { readonly name: string; readonly expected: string; readonly baseUrl?: string };

const OK = answerBytes(200, BODIES.right as string);
const HTML_500 = answerBytes(500, HTML);
const CODE_190 = answerBytes(401, BODIES['code 190'] as string);
const LATE = DEADLINE_MS * 3;

const statusCells: Cell[] = Object.entries(EXPECTED).flatMap(([status, line]) =>
  [...line.replace(' ', '')].map((letter, n): Cell => {
    const [name = '', body = ''] = Object.entries(BODIES)[n] ?? [];
    return {
      name: `${status} ${name}`,
      play: { kind: 'answer', bytes: answerBytes(Number(status), body) },
      expected: letter,
      // The far side did the work in every cell where it is honest to think that it may have.
      stores: letter === 'A' || ((letter === 'B' || letter === 'T') && !name.startsWith('code')),
    };
  }),
);

const over = (name: string, play: Play, expected: string, stores: boolean): Cell => ({ name, play, expected, stores });
const answer = (bytes: Buffer, more: { headAfterMs?: number; bodyAfterMs?: number } = {}): Play => ({
  kind: 'answer',
  bytes,
  ...more,
});
const transportCells: Cell[] = [
  over('204', answer(answerBytes(204, '')), 'B', true),
  over('200, head after 100 ms', answer(OK, { headAfterMs: 100 }), 'A', true),
  over('200, body after 100 ms', answer(OK, { bodyAfterMs: 100 }), 'A', true),
  over('200, head after the deadline', answer(OK, { headAfterMs: LATE }), 'T', true),
  over('200, body after the deadline', answer(OK, { bodyAfterMs: LATE }), 'T', true),
  over('500, head after 100 ms', answer(HTML_500, { headAfterMs: 100 }), 'T', true),
  over('500, head after the deadline', answer(HTML_500, { headAfterMs: LATE }), 'T', false),
  over('500, body after the deadline', answer(HTML_500, { bodyAfterMs: LATE }), 'T', false),
  over('401, head after 100 ms', answer(CODE_190, { headAfterMs: 100 }), 'U', false),
  over('401, body after the deadline', answer(CODE_190, { bodyAfterMs: LATE }), 'T', false),
  over('reset before the request is read', { kind: 'reset', when: 'at-once' }, 'T', false),
  over('closed before the request is read', { kind: 'close', when: 'at-once' }, 'T', false),
  over('reset after the work, before the head', { kind: 'reset', when: 'after-request' }, 'T', true),
  over('half-closed after the work, before the head', { kind: 'close', when: 'after-request' }, 'T', true),
  ...[
    ['half a head', OK.subarray(0, 20)],
    ['the head', OK.subarray(0, OK.indexOf('\r\n\r\n') + 4)],
    ['half a body', OK.subarray(0, OK.length - 10)],
    ['half an error', CODE_190.subarray(0, CODE_190.length - 10)],
    ['no HTTP', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    ['one chunk', Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"eve\r\n')],
  ].flatMap(([what, bytes]): Cell[] => [
    over(`reset after ${what}`, { kind: 'reset', when: 'after-request', bytes: bytes as Buffer }, 'T', true),
    over(`closed after ${what}`, { kind: 'close', when: 'after-request', bytes: bytes as Buffer }, 'T', true),
  ]),
  { ...over('connection refused', answer(OK), 'T', false), baseUrl: 'http://127.0.0.1:1' },
  { ...over('TLS to a plain port', { kind: 'close', when: 'at-once' }, 'T', false), baseUrl: 'tls' },
];
const CELLS = [...statusCells, ...transportCells];

const COLUMNS: readonly Column[] = ['id', 'at', 'email'].map((name) => ({
  name,
  kind: name === 'email' ? 'text' : 'integer',
  type: 'any',
  nullable: true,
}));
const cursor = { column: 'at', start: 'beginning', lag: '0s', lookback: 0, on_null: 'error', max_stall: '15m' };
const { mapping } = bindForTest(
  mappingFile({ source: { ...mappingFile().source, cursor } }, { event_time: NOW - 60, event_id: '="r" + string(id)' }),
  { id: 'integer', at: 'integer' },
);

type Seen = {
  readonly reply: Reply;
  readonly ms: number;
  readonly run: RunResult;
  readonly runMs: number;
  /** After the run through the fault. */
  readonly processed: readonly string[];
  readonly inDoubt: number;
  readonly mended: RunResult;
  /** In the end. */
  readonly arrived: ReadonlyMap<string, number>;
};

let far: RawFarSide;
let state: StateStore;
const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
let folder = '';
let seen: Seen[] = [];
const never = new AbortController().signal;

const clientOf = (cell: number, baseUrl: string | undefined): PostEvents =>
  openPostEvents({
    baseUrl: baseUrl === undefined ? far.url : baseUrl === 'tls' ? far.url.replace('http:', 'https:') : baseUrl,
    apiVersion: 'v24.0',
    datasetId: String(cell),
    accessToken: 'EAAtest',
    timeoutMs: DEADLINE_MS,
    connections: 2,
  });

const play = async (cell: number): Promise<Seen> => {
  const { baseUrl } = CELLS[cell] as Cell;
  const source = memorySource(COLUMNS);
  for (let id = 1; id <= EVENTS; id += 1) source.rows.push({ id, at: id, cells: { email: `p${id}@example.com` } });
  const name = `cell-${cell}`;
  const runOnce = (post: PostEvents): Promise<RunResult> =>
    runMapping(
      { ...mapping, name },
      {
        source,
        post,
        sleep,
        state,
        datasetId: '1',
        concurrency: 2,
        owner: 'test#0#me',
        retry: { firstMs: 1, ceilingMs: 1, attempts: 2, elapsedMs: 20_000 },
        now: () => NOW * 1000,
        random: () => 0,
        stop: never,
        abort: never,
        onProgress: () => undefined,
      },
    );
  const post = clientOf(cell, baseUrl);
  const before = performance.now();
  // An id of its own: what this request did must not be mistaken for what the run does.
  const probe = Array.from({ length: EVENTS }, () => Buffer.from('{"event_id":"probe"}'));
  const reply = await post(probe, never);
  const ms = performance.now() - before;
  const run = await runOnce(post);
  const runMs = performance.now() - before - ms;
  await post.close();
  const ofRun = (): Map<string, number> => new Map([...far.processed(cell)].filter(([id]) => id !== 'probe'));
  const processed = [...ofRun().keys()];
  const inDoubt = await state.countInDoubt(name);
  far.heal(cell);
  const good = clientOf(cell, undefined);
  const mended = await runOnce(good);
  await good.close();
  return { reply, ms, run, runMs, processed, inDoubt, mended, arrived: ofRun() };
};

beforeAll(async () => {
  // What is tested is no flush to disk: in memory, thousands of commits take no time.
  folder = mkdtempSync(join(memory, 'capi-sync-faults-'));
  state = await openState(join(folder, 'state.db'));
  far = await openRawFarSide(CELLS);
  const next = CELLS.keys();
  await Promise.all(
    Array.from({ length: 24 }, async () => {
      for (const cell of next) seen[cell] = await play(cell);
    }),
  );
}, 60_000);
afterAll(async () => {
  seen = [];
  await far.close();
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Of the first run, by class. */
const OUTCOME: Readonly<Record<string, { readonly error: string | undefined; readonly rejected: number }>> = {
  A: { error: undefined, rejected: 0 },
  I: { error: undefined, rejected: EVENTS },
  L: { error: undefined, rejected: EVENTS },
  U: { error: 'destination-auth', rejected: 0 },
  P: { error: 'destination-policy', rejected: 0 },
  C: { error: 'destination-config', rejected: 0 },
  H: { error: 'destination-unavailable', rejected: 0 },
  T: { error: 'destination-unavailable', rejected: 0 },
  B: { error: 'destination-bad-response', rejected: 0 },
};

it('has at least 120 cells, each of its own name', () => {
  expect(CELLS.length).toBeGreaterThanOrEqual(120);
  expect(new Set(CELLS.map(({ name }) => name)).size).toBe(CELLS.length);
});

describe.each(CELLS.map((cell, n) => [cell.name, n] as const))('%s', (_, n) => {
  const { expected, stores } = CELLS[n] as Cell;

  it(`is ${CLASSES[expected]}, within the deadline`, () => {
    const { reply, ms, runMs } = seen[n] as Seen;
    expect(reply.kind === 'accepted' ? 'accepted' : reply.class).toBe(CLASSES[expected]);
    expect(ms).toBeLessThan(DEADLINE_MS + GRACE_MS);
    expect(runMs).toBeLessThan(2 * (DEADLINE_MS + GRACE_MS));
    // Where the events were processed and not acknowledged, we must not believe that they were not.
    if (stores && reply.kind === 'error') expect(reply.maybeProcessed).toBe(true);
  });

  it('loses no event, acknowledges none that was not processed, and repeats only what is in doubt', () => {
    const { run, processed, inDoubt, mended, arrived } = seen[n] as Seen;
    const { error, rejected } = OUTCOME[expected] as (typeof OUTCOME)[string];
    expect(run.error?.code).toBe(error);
    expect(run.counts).toMatchObject({ rejected, sent: expected === 'A' ? EVENTS : 0, expired: 0 });
    if (run.counts.sent > 0) expect(processed.toSorted()).toEqual(['r1', 'r2', 'r3']);
    if (stores && expected !== 'A') expect(inDoubt).toBe(EVENTS);
    if (expected === 'A' || expected === 'I') expect(inDoubt).toBe(0);
    expect(mended.error).toBeUndefined();
    expect(mended.counts.sent).toBe(error === undefined ? 0 : EVENTS);
    if (rejected === 0) expect([...arrived.keys()].toSorted()).toEqual(['r1', 'r2', 'r3']);
    const repeats = [...arrived.values()].reduce((sum, times) => sum + times - 1, 0);
    expect(repeats).toBeLessThanOrEqual(run.counts.inDoubtResent + mended.counts.inDoubtResent);
  });
});
