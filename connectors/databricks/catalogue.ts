import { SourceError } from '../connector.ts';
import type { Catalogue } from '../sql/describe.ts';
import type { Run } from '../sql/dialect.ts';
import { didYouMean } from '../sql/suggest.ts';
import { columnOf, quote } from './column-types.ts';

/** What is read is described without being run: the same for a table, a view and a query. */
export function databricksCatalogue(run: Run): Catalogue {
  const columnsOf = async (relation: string, what: string) =>
    (await run([`DESCRIBE QUERY SELECT * FROM ${relation}`], `look up the columns of ${what}`)).map(([name, type]) =>
      columnOf(String(name), String(type)),
    );
  return {
    query: (relation) => columnsOf(relation, 'the query'),
    table: async (name) => {
      const parts = partsOfName(name);
      if (parts === undefined) throw await unknownTable(run, name, undefined);
      const relation = parts.map(quote).join('.');
      try {
        return { relation, columns: await columnsOf(relation, name) };
      } catch (error) {
        if (!(error instanceof SourceError) || error.code !== 'unknown-table') throw error;
        throw await unknownTable(run, name, error);
      }
    },
  };
}

const PART = /`((?:[^`]|``)+)`|([^`.]+)/y;

/** ``main.marts.`odd.name` ``: up to three parts; undefined where it is no name. */
export function partsOfName(name: string): string[] | undefined {
  const parts: string[] = [];
  for (let at = 0; ; at += 1) {
    PART.lastIndex = at;
    const [whole, quoted, plain] = PART.exec(name) ?? [];
    if (whole === undefined) return undefined;
    parts.push(quoted?.replaceAll('``', '`') ?? plain ?? '');
    at += whole.length;
    if (at === name.length) return parts.length <= 3 ? parts : undefined;
    if (name[at] !== '.') return undefined;
  }
}

async function unknownTable(run: Run, name: string, cause: SourceError | undefined): Promise<SourceError> {
  const parts = partsOfName(name) ?? [];
  const schema = parts.slice(0, -1).map(quote).join('.');
  const near = await run(
    [`SHOW TABLES${schema === '' ? '' : ` IN ${schema}`}`],
    'look for a table of a similar name',
  ).then(
    (rows) =>
      didYouMean(
        parts.at(-1) ?? '',
        rows.map((row) => String(row[1])),
      ),
    () => undefined,
  );
  return new SourceError('unknown-table', `there is no table or view "${name}" that this principal can see`, {
    hint: near ?? 'a table is table, schema.table or catalog.schema.table',
    cause,
  });
}
