/** Eight writers on a real server, some of whose transactions stay open: what the race laboratory reads from. */
import { setTimeout as sleep } from 'node:timers/promises';
import mysql2 from 'mysql2/promise';
import pg from 'pg';

/** One connection that writes; `insert` takes the server's own time as the cursor. */
type Writer = {
  readonly begin: () => Promise<unknown>;
  /** @returns the key of the row */
  readonly insert: () => Promise<string>;
  readonly commit: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
};

export const writers: Readonly<Record<'postgres' | 'mysql', (url: string) => Promise<Writer>>> = {
  postgres: async (url) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return {
      begin: () => client.query('BEGIN'),
      insert: async () => String((await client.query('INSERT INTO race DEFAULT VALUES RETURNING id')).rows[0].id),
      commit: () => client.query('COMMIT'),
      end: () => client.end(),
    };
  },
  mysql: async (url) => {
    const connection = await mysql2.createConnection({ uri: url });
    return {
      begin: () => connection.query('BEGIN'),
      insert: async () => {
        const [result] = await connection.query<mysql2.ResultSetHeader>('INSERT INTO race () VALUES ()');
        return String(result.insertId);
      },
      commit: () => connection.query('COMMIT'),
      end: () => connection.end(),
    };
  },
};

export const WRITERS = 8;
/** Every fiftieth transaction, 2 %, stays open. */
const EVERY = 50;
const PAUSE_MS = 15;

/** A transaction that stayed open: its row, and for how long it did. On a busy machine that is longer than was asked for. */
export type Held = { readonly id: string; readonly seconds: number };

export type Writing = {
  readonly seconds: number;
  /** Each long transaction stays open for 1 to so many seconds. */
  readonly openSeconds: number;
  /** On a machine that is slow the writers go on until there are so many long ones, or `mostSeconds` have passed. */
  readonly atLeast: number;
  readonly mostSeconds: number;
};

/**
 * Lets the writers write for so long. A long transaction stays open beside its writer, which goes on. Ends when all have
 * committed; gives the long ones.
 */
export async function writeRows(
  open: () => Promise<Writer>,
  { seconds, openSeconds, atLeast, mostSeconds }: Writing,
): Promise<readonly Held[]> {
  const start = Date.now();
  const idle: Writer[] = [];
  const held: Promise<Held>[] = [];
  const goesOn = (): boolean => {
    const passed = (Date.now() - start) / 1000;
    return passed < seconds || (held.length < atLeast && passed < mostSeconds);
  };
  const hold = async (ms: number): Promise<Held> => {
    const writer = idle.pop() ?? (await open());
    const began = Date.now();
    await writer.begin();
    const id = await writer.insert();
    await sleep(ms);
    await writer.commit();
    idle.push(writer);
    return { id, seconds: (Date.now() - began) / 1000 };
  };
  const write = async (_: unknown, nth: number): Promise<void> => {
    const writer = await open();
    for (let n = nth * 7; goesOn(); n += 1) {
      if (n % EVERY === 0) {
        held.push(hold(1000 + ((held.length * 617) % (openSeconds * 1000 - 999))));
      } else {
        await writer.begin();
        await writer.insert();
        await writer.commit();
      }
      await sleep(PAUSE_MS);
    }
    await writer.end();
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  const all = await Promise.all(held);
  await Promise.all(idle.map((writer) => writer.end()));
  return all;
}
