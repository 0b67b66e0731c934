/** What a cursor and a key must be before rows are read by them. */
import { type ReadRange, SourceError } from '../connector.ts';
import type { Described } from '../sql/describe.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { rangeQuery } from '../sql/read-pages.ts';
import type { RunStream } from '../sql/stream-pages.ts';
import { dialect } from './dialect.ts';
import { type BigqueryStream, bounded } from './partition.ts';
import { timestampText } from './timestamp-text.ts';

const UNORDERED = /^(?:GEOGRAPHY|RANGE|INTERVAL|TIMESTAMP\(12\))/;

/** Types that cannot be sorted or bound, and collations, under which different texts are equal. */
export function checkKeyTypes({ cursorColumn, keyColumns, what }: Described): void {
  for (const { name, type } of [cursorColumn, ...keyColumns]) {
    if (!UNORDERED.test(type) && !type.includes(' COLLATE ')) continue;
    throw new SourceError(
      'cursor-type',
      `column "${name}" of ${what} has the type ${type}, which cannot mark a place`,
      {
        hint: type.includes(' COLLATE ')
          ? `use a query that gives COLLATE(${name}, '')`
          : 'use a column of another type, or a query that computes one',
      },
    );
  }
}

/**
 * Fails on a NULL in the cursor, unless the author skips them. In the partition of NULLs where the table is partitioned by the cursor; in the partitions
 * that change now where `partitions` says how far it lies from them (`check` looks at all); else this reads the cursor of all rows. A NULL in the key shows
 * when it is read.
 */
export async function checkNulls(run: Run, stream: BigqueryStream): Promise<void> {
  const { cursorColumn, spec, what, window } = stream;
  if (!cursorColumn.nullable || spec.onNull === 'skip') return;
  const isPartition = stream.partitioning?.column === spec.cursor;
  const now = timestampText(BigInt(Date.now()) * 1000n).slice(0, cursorColumn.kind === 'date' ? 10 : undefined);
  const { relation, condition } = isPartition ? stream : bounded(stream, window === undefined ? {} : { from: now });
  const terms = [`${dialect.quote(cursorColumn.name)} IS NULL`, ...(condition === undefined ? [] : [condition])];
  const rows = await run(
    [`SELECT 1 FROM ${relation} WHERE ${terms.join(' AND ')} LIMIT 1`],
    `look for NULL in ${what}`,
  );
  if (rows.length === 0) return;
  throw new SourceError(
    'cursor-null',
    `cursor column "${cursorColumn.name}" of ${what} holds NULL in at least one row`,
    {
      hint: 'such rows would never be read: fill the column, set cursor.on_null: skip, or use a query with COALESCE',
    },
  );
}

/** Rows as they come, none of them without a key. */
export function withKeys(runStream: RunStream, stream: SqlStream, range: ReadRange): RunStream {
  const { keyIndexes } = rangeQuery(dialect, stream, range);
  return async function* (statement, doing, signal) {
    for await (const part of runStream(statement, doing, signal)) {
      for (const row of part) {
        const at = keyIndexes.findIndex((index) => row[index] === null);
        if (at === -1) continue;
        throw new SourceError(
          'cursor-null',
          `primary key column "${stream.keyColumns[at]?.name}" of ${stream.what} holds NULL in at least one row`,
          { hint: 'a primary key must be unique and never NULL' },
        );
      }
      yield part;
    }
  };
}

const FORMS: Readonly<Record<string, RegExp>> = {
  NUMERIC: /^[+-]?\d{1,29}(?:\.\d{1,9})?$/,
  BIGNUMERIC: /^[+-]?\d{1,38}(?:\.\d{1,38})?$/,
  DATE: /^\d{4}-\d\d-\d\d$/,
  DATETIME: /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?$/,
  TIMESTAMP: /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00)?$/,
  TIME: /^\d\d:\d\d:\d\d(?:\.\d{1,6})?$/,
  BOOL: /^(?:true|false)$/,
};

/** Whether a key's texts can be values of their columns: a parameter that cannot fails the query of all. */
export function holdsKey({ keyColumns }: Pick<SqlStream, 'keyColumns'>, key: readonly string[]): boolean {
  return keyColumns.every(({ type }, at) => {
    const form = FORMS[type.split(/[( ]/)[0] ?? ''];
    return form === undefined || form.test(key[at] ?? '');
  });
}
