/** The few statements by which a test makes and changes tables of the stand-in, as their owner would write them: CREATE TABLE, CREATE INDEX, INSERT, UPDATE. */
import type { SqlServer, TdsColumn, TdsIndex, TdsTable } from './tds-engine.ts';

/** What stands between commas, but for those within parentheses and texts. */
const partsOf = (text: string): string[] => {
  const parts = [''];
  let depth = 0;
  for (const [piece] of text.matchAll(/'(?:[^']|'')*'|[\s\S]/g)) {
    if (piece === '(') depth += 1;
    if (piece === ')') depth -= 1;
    if (piece === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += piece;
  }
  return parts.map((part) => part.trim());
};

const named = (name: string): { schema: string; name: string } => {
  const [last = '', schema = 'dbo'] = name.split('.').reverse();
  return { schema, name: last };
};

const columnOf = (text: string): TdsColumn => {
  const [, name = '', type = ''] = /^(\w+)\s+(\w+(?:\s*\([^)]*\))?)/.exec(text) ?? [];
  return {
    name,
    type: type.replaceAll(/\s/g, '').toLowerCase().replace('rowversion', 'timestamp'),
    notNull: /NOT NULL/i.test(text),
  };
};

const NULLS = /^NULL$/i;

export const executeDdl = async (server: SqlServer, statements: readonly string[]): Promise<void> => {
  const made = new Map<string, TdsTable>();
  for (const statement of statements) {
    const table = /^CREATE TABLE ([\w.]+)\s*\(([\s\S]*)\)$/i.exec(statement);
    if (table !== null) {
      const columns = partsOf(table[2]!).map((text) => ({ text, column: columnOf(text) }));
      const key = columns.filter(({ text }) => /PRIMARY KEY/i.test(text)).map(({ column }) => column.name);
      const indexes: TdsIndex[] = key.length === 0 ? [] : [{ columns: key, isPrimary: true, isClustered: true }];
      made.set(table[1]!, { ...named(table[1]!), columns: columns.map(({ column }) => column), indexes });
      await server.create(made.get(table[1]!)!);
      continue;
    }
    const index = /^CREATE (UNIQUE )?INDEX \w+ ON ([\w.]+)\s*\(([^)]*)\)$/i.exec(statement);
    if (index !== null) {
      const on = made.get(index[2]!)!;
      const more: TdsIndex = { columns: partsOf(index[3]!), isUnique: index[1] !== undefined };
      made.set(index[2]!, { ...on, indexes: [...(on.indexes ?? []), more] });
      await server.create(made.get(index[2]!)!); // nothing is in it yet
      continue;
    }
    const transaction = await server.begin();
    const cells = async (names: readonly string[], values: readonly string[]) => {
      const read = await Promise.all(values.map((value) => (NULLS.test(value) ? null : server.evaluate(value))));
      return Object.fromEntries(names.map((name, at) => [name, read[at] ?? null]));
    };
    const insert = /^INSERT INTO ([\w.]+)\s*\(([^)]*)\)\s*VALUES\s*([\s\S]*)$/i.exec(statement);
    const update = /^UPDATE ([\w.]+) SET ([\s\S]*) WHERE (\w+) = ([^=]*)$/i.exec(statement);
    if (insert !== null) {
      const names = partsOf(insert[2]!);
      for (const row of partsOf(insert[3]!))
        await transaction.insert(named(insert[1]!).name, await cells(names, partsOf(row.slice(1, -1))));
    } else if (update !== null) {
      const sets = partsOf(update[2]!).map((part) => /^(\w+) = ([\s\S]*)$/.exec(part)!);
      const changed = await cells(
        sets.map(([, name]) => name!),
        sets.map(([, , value]) => value!),
      );
      await transaction.update(named(update[1]!).name, await cells([update[3]!], [update[4]!]), changed);
    } else throw new Error(`a statement that the stand-in does not know: ${statement.slice(0, 40)}`);
    await transaction.commit();
  }
};
