/**
 * A database in memory, as far as readers of it can tell: transactions that stay open, rows that are seen when they are
 * committed, and a cursor that was written before that. What is committed lies in a real SQLite, so that real statements can ask for it.
 */
import Database from 'better-sqlite3';

/**
 * Where a row's cursor comes from, and what is promised of it.
 * - `transactions`: the start of its transaction; who reads may see which ones are open (PostgreSQL and MySQL, with the right to).
 * - `lag`: the same, unseen; transactions are shorter than lag and lookback together.
 * - `single-writer`: the time of the write; one transaction at a time (SQLite).
 * - `number`: a sequence; no more numbers are drawn beside an open transaction than the lookback is long.
 */
export const MODES = ['transactions', 'lag', 'single-writer', 'number'] as const;
export type Mode = (typeof MODES)[number];

export type Settings = { readonly mode: Mode; readonly lag: number; readonly lookback: number };

/** What one of the writers does; `n` chooses among what is possible then. */
export type Op = {
  readonly do: 'tick' | 'begin' | 'insert' | 'update' | 'delete' | 'commit' | 'rollback';
  readonly n: number;
};

/** `version` is of one write of one row: it is what must arrive. */
type Version = { readonly id: number; readonly version: number; readonly at: number };
type Transaction = {
  readonly began: number;
  readonly writes: Map<number, Version | 'gone'>;
  first: number | undefined;
};

export type ModelDatabase = {
  readonly apply: (op: Op) => void;
  /** All transactions end, and more time passes than anyone waits. */
  readonly settle: () => void;
  readonly now: () => number;
  /** Exclusive upper bound of a read, or undefined where there is nothing. */
  readonly horizon: () => number | undefined;
  /** The rows that are there, each in its last version. */
  readonly rows: () => readonly Version[];
  readonly lateCommits: () => number;
};

const WRITERS = 4;

const sqlite = new Database(':memory:');
sqlite.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, part INTEGER, at INTEGER, version INTEGER, email TEXT)');
const put = sqlite.prepare("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, 'ada@example.com')");
const drop = sqlite.prepare('DELETE FROM rows WHERE id = ?');
const clear = sqlite.prepare('DELETE FROM rows');
const prepared = new Map<string, Database.Statement>();

/** Rows of what is committed, as the SQLite connector gives them. */
export const select = (text: string, values: readonly unknown[]): unknown[][] => {
  const statement = prepared.get(text) ?? sqlite.prepare(text).raw(true).safeIntegers(true);
  prepared.set(text, statement);
  return statement.all(...values) as unknown[][];
};

export const modelDatabase = ({ mode, lag, lookback }: Settings): ModelDatabase => {
  clear.run();
  const committed = new Map<number, Version>();
  let open: Transaction[] = [];
  let now = 10;
  let sequence = 0;
  let versions = 0;
  let inserted = 0;
  let late = 0;

  const commit = (transaction: Transaction): void => {
    open = open.filter((other) => other !== transaction);
    const newest = Math.max(0, ...[...committed.values()].map(({ at }) => at));
    for (const [id, write] of transaction.writes) {
      if (write === 'gone') {
        committed.delete(id);
        drop.run(id);
        continue;
      }
      if (write.at < newest) late += 1;
      committed.set(id, write);
      put.run(id, id % 3, write.at, write.version);
    }
  };
  const begin = (): Transaction => ({ began: now, writes: new Map(), first: undefined });
  const oldest = (): Transaction | undefined => open[0]; // begun in this order

  const cursorOf = (transaction: Transaction): number => {
    if (mode === 'single-writer') return now;
    if (mode !== 'number') return transaction.began;
    for (const other of open)
      if (other !== transaction && other.first !== undefined && sequence + 1 - other.first > lookback) commit(other);
    sequence += 1;
    transaction.first ??= sequence;
    return sequence;
  };
  /** In one of the open transactions, or in one of its own. */
  const write = (n: number, what: (transaction: Transaction) => void): void => {
    const isAlone = mode === 'single-writer' && open.length > 0;
    const chosen = open[n % (open.length + (isAlone ? 0 : 1))];
    const transaction = chosen ?? begin();
    what(transaction);
    if (!chosen) commit(transaction);
  };
  const change = (n: number, what: (transaction: Transaction, id: number) => void): void =>
    write(n, (transaction) => {
      const isLocked = (id: number): boolean => open.some((other) => other !== transaction && other.writes.has(id));
      const mine = [...transaction.writes].filter(([, state]) => state !== 'gone').map(([id]) => id);
      const ids = [...new Set([...committed.keys(), ...mine])].filter(
        (id) => !isLocked(id) && transaction.writes.get(id) !== 'gone',
      );
      const id = ids[n % ids.length];
      if (id !== undefined) what(transaction, id);
    });
  const store = (transaction: Transaction, id: number): void => {
    const at = cursorOf(transaction);
    // The number may have ended another transaction, but not this one.
    versions += 1;
    transaction.writes.set(id, { id, version: versions, at });
  };

  const tick = (): void => {
    if (mode === 'lag')
      for (const transaction of [...open]) if (now + 1 - transaction.began >= lag + lookback) commit(transaction);
    now += 1;
  };

  const apply = ({ do: what, n }: Op): void => {
    const chosen = open[n % Math.max(1, open.length)];
    if (what === 'tick') for (let left = 1 + (n % 3); left > 0; left -= 1) tick();
    else if (what === 'begin') {
      if (open.length < (mode === 'single-writer' ? 1 : WRITERS)) open.push(begin());
    } else if (what === 'insert') {
      write(n, (transaction) => {
        inserted += 1;
        // Keys run against the time as often as with it.
        store(transaction, (inserted * 467) % 1009);
      });
    } else if (what === 'update') change(n, store);
    else if (what === 'delete') change(n, (transaction, id) => transaction.writes.set(id, 'gone'));
    else if (chosen && what === 'commit') commit(chosen);
    else if (chosen) open = open.filter((other) => other !== chosen);
  };

  return {
    apply,
    settle: () => {
      for (const transaction of [...open]) commit(transaction);
      for (let left = lag + 1; left > 0; left -= 1) tick();
    },
    now: () => now,
    horizon: () => {
      const next = Math.max(...[...committed.values()].map(({ at }) => at)) + 1;
      if (mode === 'number') return committed.size === 0 ? undefined : next;
      if (mode === 'transactions') return Math.min(now - lag, oldest()?.began ?? now);
      return mode === 'lag' || committed.size === 0 ? now - lag : Math.min(now - lag, next);
    },
    rows: () => [...committed.values()],
    lateCommits: () => late,
  };
};
