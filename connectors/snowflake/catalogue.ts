import { SourceError } from '../connector.ts';
import type { Catalogue } from '../sql/describe.ts';
import { didYouMean } from '../sql/suggest.ts';
import { columnOf } from './column-types.ts';
import { dialect } from './dialect.ts';
import type { Session } from './session.ts';

/** What is read is described by the server without running it: the same for a table, a view and a query, and no warehouse wakes. */
export function snowflakeCatalogue(session: Session): Catalogue {
  const columnsOf = async (relation: string, what: string) =>
    (await session.columns([`SELECT * FROM ${relation}`], `look up the columns of ${what}`)).map(columnOf);
  return {
    query: (relation) => columnsOf(relation, 'the query'),
    table: async (name) => {
      let missing: SourceError | undefined;
      for (const relation of relationsOf(name)) {
        try {
          return { relation, columns: await columnsOf(relation, name) };
        } catch (error) {
          if (!(error instanceof SourceError) || error.code !== 'unknown-table') throw error;
          missing = error;
        }
      }
      throw await unknownTable(session, name, missing);
    },
  };
}

const PART = /"((?:[^"]|"")+)"|([^".]+)/y;

/** `MARTS.ORDERS`, `"odd.name"`: up to three parts; undefined where it is no name. */
export function partsOfName(name: string): { readonly text: string; readonly isQuoted: boolean }[] | undefined {
  const parts: { text: string; isQuoted: boolean }[] = [];
  for (let at = 0; ; at += 1) {
    PART.lastIndex = at;
    const [whole, quoted, plain] = PART.exec(name) ?? [];
    if (whole === undefined) return undefined;
    parts.push({ text: quoted?.replaceAll('""', '"') ?? plain ?? '', isQuoted: quoted !== undefined });
    at += whole.length;
    if (at === name.length) return parts.length <= 3 ? parts : undefined;
    if (name[at] !== '.') return undefined;
  }
}

/** What a name may mean: first itself, letter by letter; then as Snowflake reads names without quotes, in capitals. */
function relationsOf(name: string): string[] {
  const parts = partsOfName(name);
  if (parts === undefined) return [];
  const written = (capitals: boolean): string =>
    parts.map(({ text, isQuoted }) => dialect.quote(capitals && !isQuoted ? text.toUpperCase() : text)).join('.');
  return [...new Set([written(false), written(true)])];
}

async function unknownTable(session: Session, name: string, missing: SourceError | undefined): Promise<SourceError> {
  const parts = partsOfName(name) ?? [];
  const database = parts.length === 3 ? `${dialect.quote(parts[0]!.text.toUpperCase())}.` : '';
  const hint = await suggestion(session, database, parts.map(({ text }) => text).slice(-2)).catch(() => undefined);
  return new SourceError('unknown-table', `there is no table or view "${name}" that this role can see`, {
    hint: hint ?? missing?.hint ?? 'a table is TABLE, SCHEMA.TABLE or DATABASE.SCHEMA.TABLE',
    cause: missing,
  });
}

/** What is there under a similar name: in the schema of the session or the one that was written, else in another. */
async function suggestion(session: Session, database: string, parts: readonly string[]): Promise<string | undefined> {
  const rows = await session.run(
    [
      `SELECT TABLE_SCHEMA, TABLE_NAME, CURRENT_SCHEMA() FROM ${database}INFORMATION_SCHEMA.TABLES
        WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA' ORDER BY TABLE_SCHEMA, TABLE_NAME LIMIT 10000`,
    ],
    'look for a table of a similar name',
  );
  const table = (parts.at(-1) ?? '').toUpperCase();
  const schema = parts.length > 1 ? parts[0]!.toUpperCase() : undefined;
  const here = rows.filter(([of, , current]) => of === (schema ?? current));
  const near = didYouMean(
    parts.at(-1) ?? '',
    here.map((row) => String(row[1])),
  );
  if (near !== undefined) return near;
  const [elsewhere] = rows.filter(([, found]) => String(found).toUpperCase() === table);
  return elsewhere === undefined ? undefined : `did you mean "${elsewhere[0]}.${elsewhere[1]}"?`;
}
