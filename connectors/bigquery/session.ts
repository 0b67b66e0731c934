/** Query jobs: dry runs, small questions, and results that are taken page by page. Nothing is written, and a job nobody waits for is cancelled. */
import type { BigQuery, Job } from '@google-cloud/bigquery';
import type { Cell } from '../connector.ts';
import type { Run } from '../sql/dialect.ts';
import { render, type Statement } from '../sql/statement.ts';
import type { RunStream } from '../sql/stream-pages.ts';
import { rowReader, type WireRow } from './cells.ts';
import { translateBigquery } from './errors.ts';
import type { Field } from './fields.ts';
import { type BigqueryOptions, bytesOfSize } from './options.ts';

/** Rows of one answer. The API cuts an answer at 20 MB anyway; fewer rows keep the memory flat. */
const ROWS_A_PAGE = 5_000;
/** How long the server may hold a question for a result that is not there yet. */
const PATIENCE_MS = 10_000;
/** A request that got no answer for so long never will. */
const SILENCE_MS = 120_000;

export type DryRun = { readonly bytes: number; readonly fields: readonly Field[]; readonly statementType: string };

export type Session = {
  readonly run: Run;
  readonly stream: RunStream;
  /** What a statement would read and give. Costs nothing. */
  readonly dryRun: (statement: Statement, doing: string) => Promise<DryRun>;
  /** A request to the API below `projects/<project>`; undefined project: the one that is billed. */
  readonly ask: <Answer>(request: Request, doing: string) => Promise<Answer>;
};

export type Request = {
  readonly uri: string;
  readonly method?: 'GET' | 'POST';
  readonly project?: string | undefined;
  readonly qs?: Readonly<Record<string, string | number | boolean>>;
  readonly json?: Readonly<Record<string, unknown>>;
};

type Results = {
  readonly jobComplete?: boolean;
  readonly schema?: { readonly fields?: readonly Field[] };
  readonly rows?: readonly WireRow[];
  readonly pageToken?: string;
};

type Metadata = {
  readonly statistics?: {
    readonly totalBytesProcessed?: string;
    readonly query?: { readonly schema?: { readonly fields?: readonly Field[] }; readonly statementType?: string };
  };
};

export function openSession(bigquery: BigQuery, settings: BigqueryOptions): Session {
  const limit = bytesOfSize(settings.maximum_bytes_billed ?? '10GiB');
  let isReached = false;

  async function tell<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      const answer = await inTime(work());
      isReached = true;
      return answer;
    } catch (error) {
      throw translateBigquery(error, isReached ? 'query' : 'connect', doing);
    }
  }

  const ask: Session['ask'] = <Answer>({ project, ...request }: Request, doing: string) =>
    tell(doing, () =>
      requestOf<Answer>(bigquery, { ...request, ...(project !== undefined && { projectId: project }) }),
    );

  async function insert(statement: Statement, doing: string, isDry: boolean): Promise<Job> {
    const { text, queryParameters } = parametersOf(statement);
    const [job] = await tell(doing, () =>
      bigquery.createJob({
        jobPrefix: 'capi_sync_',
        configuration: {
          ...(isDry && { dryRun: true }),
          jobTimeoutMs: String(Math.round((settings.statement_timeout ?? 300) * 1000)),
          ...(settings.labels !== undefined && { labels: { ...settings.labels } }),
          query: {
            query: text,
            useLegacySql: false,
            priority: settings.priority === 'batch' ? 'BATCH' : 'INTERACTIVE',
            ...(queryParameters.length > 0 && { parameterMode: 'NAMED', queryParameters }),
            ...(limit !== undefined && !isDry && { maximumBytesBilled: String(limit) }),
            ...(settings.dataset !== undefined && {
              defaultDataset: datasetReference(settings.dataset, settings.project),
            }),
          },
        },
      }),
    );
    return job;
  }

  /** Ends quietly once `signal` is aborted. */
  async function* results(
    job: Job,
    doing: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Cell[][], void, undefined> {
    let isDone = false;
    let read: ((row: WireRow) => Cell[]) | undefined;
    let pageToken: string | undefined;
    try {
      do {
        const asked = ask<Results>(
          {
            uri: `/queries/${job.id}`,
            qs: {
              maxResults: ROWS_A_PAGE,
              timeoutMs: PATIENCE_MS,
              'formatOptions.useInt64Timestamp': true,
              ...(job.location !== undefined && { location: job.location }),
              ...(pageToken !== undefined && { pageToken }),
            },
          },
          doing,
        );
        const answer = await (signal === undefined ? asked : unlessAborted(asked, signal));
        if (answer === undefined) return;
        if (answer.jobComplete === false) continue;
        isDone = true;
        read ??= rowReader(answer.schema?.fields ?? []);
        if (answer.rows !== undefined && answer.rows.length > 0) yield answer.rows.map(read);
        pageToken = answer.pageToken;
      } while (!isDone || pageToken !== undefined);
    } finally {
      // A failed job is over too, and cancelling one does no harm.
      if (!isDone) await inTime(job.cancel()).catch(() => {});
    }
  }

  return {
    ask,
    run: async (statement, doing) => {
      const rows: Cell[][] = [];
      for await (const part of results(await insert(statement, doing, false), doing, undefined)) rows.push(...part);
      return rows;
    },
    stream: async function* (statement, doing, signal) {
      if (signal.aborted) return;
      yield* results(await insert(statement, doing, false), doing, signal);
    },
    dryRun: async (statement, doing) => {
      const { statistics } = (await insert(statement, doing, true)).metadata as Metadata;
      return {
        bytes: Number(statistics?.totalBytesProcessed ?? 0),
        fields: statistics?.query?.schema?.fields ?? [],
        statementType: statistics?.query?.statementType ?? '',
      };
    },
  };
}

/** By name, so that neither a `?` of the author's text nor its order matters. */
function parametersOf(statement: Statement) {
  const { text } = render(statement, (n) => `@capi_${n}`);
  const bound = statement.filter((piece) => typeof piece !== 'string');
  const queryParameters = bound.map(({ bind, type = 'STRING' }, at) => ({
    name: `capi_${at + 1}`,
    parameterType: { type },
    parameterValue: { value: String(bind) },
  }));
  return { text, queryParameters };
}

/** `dataset` or `project.dataset`. */
export function datasetReference(name: string, project: string): { projectId: string; datasetId: string } {
  const at = name.lastIndexOf('.');
  return { projectId: at === -1 ? project : name.slice(0, at), datasetId: name.slice(at + 1) };
}

function requestOf<Answer>(bigquery: BigQuery, request: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    bigquery.request(request as Parameters<BigQuery['request']>[0], (error, body) => {
      if (error) reject(error);
      else resolve(body as Answer);
    });
  });
}

/** The client waits for ever where a network swallows its packets. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      work.catch(() => {});
      reject(Object.assign(new Error('no answer'), { name: 'TimeoutError' }));
    }, SILENCE_MS);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Undefined as soon as `signal` is aborted, whatever becomes of the work. No `Promise.race` with one promise for all pages: that would keep every page
 * until the last.
 */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const give = (): void => resolve(undefined);
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}
