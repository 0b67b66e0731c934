/** What there is: by requests for metadata and by dry runs, neither of which costs anything. */
import { type Column, SourceError } from '../connector.ts';
import type { Catalogue } from '../sql/describe.ts';
import { didYouMean } from '../sql/suggest.ts';
import { dialect } from './dialect.ts';
import { columnOf, type Field, typeOf } from './fields.ts';
import { anyPartition, type PartitionFacts, type Partitioning, partitioningOf } from './partition.ts';
import { datasetReference, type Session } from './session.ts';

/** The parts of a table's name. */
export type TableName = { readonly project: string; readonly dataset: string; readonly table: string };

export type Table = {
  readonly name: TableName;
  readonly relation: string;
  readonly columns: readonly Column[];
  readonly partitioning: Partitioning | undefined;
  readonly clustering: readonly string[];
  /** As the constraint says, which BigQuery does not enforce. */
  readonly primaryKey: readonly string[];
  /** Rows, those in the streaming buffer by estimate; undefined for a view. */
  readonly rows: number | undefined;
};

export type BigqueryCatalogue = Catalogue & {
  readonly lookUp: (name: string) => Promise<Table>;
  /** What a description needs of it. */
  readonly guarded: (table: Table) => Awaited<ReturnType<Catalogue['table']>>;
};

/** tables.get, as far as it matters here. */
type TableResource = PartitionFacts & {
  readonly type?: string;
  readonly schema?: { readonly fields?: readonly Field[] };
  readonly numRows?: string;
  readonly streamingBuffer?: { readonly estimatedRows?: string };
  readonly clustering?: { readonly fields?: readonly string[] };
  readonly tableConstraints?: { readonly primaryKey?: { readonly columns?: readonly string[] } };
};

export function bigqueryCatalogue(
  session: Session,
  { project, dataset }: { readonly project: string; readonly dataset?: string | undefined },
): BigqueryCatalogue {
  async function queryColumns(relation: string, what: string): Promise<Column[]> {
    const doing = `look up the columns of ${what}`;
    const { fields, statementType } = await session.dryRun([`SELECT * FROM ${relation}`], doing);
    refuseWrites(statementType, what);
    return fields.map(columnOf);
  }

  async function lookUp(name: string): Promise<Table> {
    const parts = namesOf(name, project, dataset);
    const relation = quoted(parts);
    // A wildcard is many tables of one shape, of which no metadata tell.
    if (parts.table.includes('*'))
      return { name: parts, relation, columns: await queryColumns(relation, name), ...UNKNOWN };
    const resource = await session
      .ask<TableResource>(
        { uri: `/datasets/${parts.dataset}/tables/${parts.table}`, project: parts.project },
        `look up ${name}`,
      )
      .catch(async (error: unknown) => {
        throw error instanceof SourceError && error.code === 'unknown-table'
          ? await unknownTable(name, parts, error)
          : error;
      });
    const fields = resource.schema?.fields ?? [];
    const partitioning = partitioningOf(resource, (column) => {
      const field = fields.find((candidate) => candidate.name === column);
      return field && { type: typeOf(field), isNullable: field.mode !== 'REQUIRED' };
    });
    const isTable = resource.type === undefined || resource.type === 'TABLE';
    const rows = Number(resource.numRows ?? 0) + Number(resource.streamingBuffer?.estimatedRows ?? 0);
    return {
      name: parts,
      relation,
      columns: fields.map(columnOf),
      partitioning,
      clustering: resource.clustering?.fields ?? [],
      primaryKey: resource.tableConstraints?.primaryKey?.columns ?? [],
      rows: isTable && resource.numRows !== undefined ? rows : undefined,
    };
  }

  /** With a name that may be meant: of a table of the dataset, or of a dataset. */
  async function unknownTable(name: string, parts: TableName, cause: SourceError): Promise<SourceError> {
    const tables = await namesIn(session, parts.project, parts.dataset).catch(() => undefined);
    const candidates =
      tables?.map((table) => (dataset === undefined || name.includes('.') ? `${parts.dataset}.${table}` : table)) ??
      (await datasetsOf(session, parts.project).catch(() => [])).map((each) => `${each}.${parts.table}`);
    const hint = didYouMean(name, candidates);
    return new SourceError('unknown-table', `there is no table or view "${name}" that this account can see`, {
      hint: hint ?? 'check the names of dataset and project, and that `location` is where the dataset is',
      cause,
    });
  }

  const guarded: BigqueryCatalogue['guarded'] = ({ relation, columns, partitioning }) => ({
    relation,
    columns,
    guard: partitioning?.isRequired ? anyPartition(partitioning) : undefined,
  });

  return {
    lookUp,
    guarded,
    query: (relation) => queryColumns(relation, 'the query'),
    table: async (name) => guarded(await lookUp(name)),
  };
}

const UNKNOWN = { partitioning: undefined, clustering: [], primaryKey: [], rows: undefined } as const;

/** Of a script BigQuery would run every statement. */
export function refuseWrites(statementType: string, what: string): void {
  if (statementType === 'SELECT' || statementType === '') return;
  throw new SourceError('source-permission', `${what} is more than one SELECT`, {
    hint: 'a source is only read: one SELECT, without a semicolon in it',
  });
}

/** `table`, `dataset.table` or `project.dataset.table`; a project may have dots of its own. */
function namesOf(name: string, project: string, dataset: string | undefined): TableName {
  const parts = name.split('.');
  const table = parts.pop() ?? '';
  if (parts.length === 0) {
    if (dataset !== undefined) {
      const { projectId, datasetId } = datasetReference(dataset, project);
      return { project: projectId, dataset: datasetId, table };
    }
    throw new SourceError('unknown-table', `the table "${name}" is named without a dataset`, {
      hint: 'source.table: dataset.table, or set `dataset` of the connection',
    });
  }
  const own = parts.pop() ?? '';
  return { project: parts.length === 0 ? projectOf(dataset, own, project) : parts.join('.'), dataset: own, table };
}

/** The default dataset of another project is meant by its name alone too. */
function projectOf(dataset: string | undefined, own: string, project: string): string {
  if (dataset === undefined) return project;
  const reference = datasetReference(dataset, project);
  return reference.datasetId === own ? reference.projectId : project;
}

export function quoted({ project, dataset, table }: TableName): string {
  return [project, dataset, table].map((part) => dialect.quote(part)).join('.');
}

type Listed = {
  readonly tables?: readonly { readonly tableReference?: { readonly tableId?: string } }[];
  readonly datasets?: readonly { readonly datasetReference?: { readonly datasetId?: string } }[];
  readonly nextPageToken?: string;
};

/** A list of a thousand pages would be a mistake. */
const MOST_PAGES = 20;

async function listed(session: Session, project: string, uri: string, doing: string): Promise<Listed[]> {
  const pages: Listed[] = [];
  let pageToken: string | undefined;
  do {
    const qs = { maxResults: 500, ...(pageToken !== undefined && { pageToken }) };
    const page = await session.ask<Listed>({ uri, project, qs }, doing);
    pages.push(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined && pages.length < MOST_PAGES);
  return pages;
}

export async function namesIn(session: Session, project: string, dataset: string): Promise<string[]> {
  const pages = await listed(session, project, `/datasets/${dataset}/tables`, `list the tables of ${dataset}`);
  return pages.flatMap(({ tables = [] }) => tables.flatMap(({ tableReference }) => tableReference?.tableId ?? []));
}

export async function datasetsOf(session: Session, project: string): Promise<string[]> {
  const pages = await listed(session, project, '/datasets', 'list the datasets');
  return pages.flatMap(({ datasets = [] }) =>
    datasets.flatMap(({ datasetReference: reference }) => reference?.datasetId ?? []),
  );
}
