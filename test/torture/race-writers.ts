/** Eight writers on a real server, some of whose transactions stay open: what the race laboratory reads from. */
import { setTimeout as sleep } from 'node:timers/promises';
import mysql2 from 'mysql2/promise';
import pg from 'pg';

/** One connection that writes; `insert` takes the server's own time as the cursor. */
type Writer = {
  readonly begin: () => Promise<unknown>;
  readonly insert: () => Promise<unknown>;
  readonly commit: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
};

export const writers: Readonly<Record<'postgres' | 'mysql', (url: string) => Promise<Writer>>> = {
  postgres: async (url) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return {
      begin: () => client.query('BEGIN'),
      insert: () => client.query('INSERT INTO race DEFAULT VALUES'),
      commit: () => client.query('COMMIT'),
      end: () => client.end(),
    };
  },
  mysql: async (url) => {
    const connection = await mysql2.createConnection({ uri: url });
    return {
      begin: () => connection.query('BEGIN'),
      insert: () => connection.query('INSERT INTO race () VALUES ()'),
      commit: () => connection.query('COMMIT'),
      end: () => connection.end(),
    };
  },
};

export const WRITERS = 8;
/** Every fiftieth transaction, 2 %, stays open. */
const EVERY = 50;
const PAUSE_MS = 15;

/**
 * Lets the writers write for so long. Of the long transactions each stays open for 1 to `openSeconds` seconds, beside its
 * writer, which goes on. Ends when all have committed; gives the number of long ones.
 */
export async function writeRows(
  open: () => Promise<Writer>,
  { seconds, openSeconds }: { seconds: number; openSeconds: number },
): Promise<number> {
  const until = Date.now() + seconds * 1000;
  const idle: Writer[] = [];
  const held: Promise<void>[] = [];
  const hold = async (ms: number): Promise<void> => {
    const writer = idle.pop() ?? (await open());
    await writer.begin();
    await writer.insert();
    await sleep(ms);
    await writer.commit();
    idle.push(writer);
  };
  const write = async (_: unknown, nth: number): Promise<void> => {
    const writer = await open();
    for (let n = nth * 7; Date.now() < until; n += 1) {
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
  await Promise.all(held);
  await Promise.all(idle.map((writer) => writer.end()));
  return held.length;
}
