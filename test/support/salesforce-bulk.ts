/** Query jobs of Bulk API 2.0: created, looked at until they are complete, read in parts by locators, aborted, deleted. */
import { randomBytes } from 'node:crypto';
import { follow, type Result } from './salesforce-evaluate.ts';
import type { Org, Value } from './salesforce-org.ts';
import type { Answer } from './salesforce-server.ts';
import { SoqlError } from './salesforce-soql.ts';

type Job = {
  readonly id: string;
  readonly operation: string;
  state: 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Aborted' | 'Failed';
  readonly query: string;
  /** Worked out once, when the job runs. */
  lines: readonly string[];
  header: string;
  deleted: boolean;
  readonly locators: Map<string, number>;
};

export type BulkJobs = {
  /** @param path behind `/jobs/query` */
  readonly answer: (method: string, path: string, search: URLSearchParams, body: string) => Answer;
  readonly list: () => readonly { readonly id: string; readonly state: string; readonly deleted: boolean }[];
};

/** What one part holds where the client asks for no less. */
const MOST_RECORDS = 50_000;
/** Fields made of others, and files: not in a bulk query. */
const UNREADABLE: ReadonlySet<string> = new Set(['address', 'base64']);

const error = (status: number, errorCode: string, message: string): Answer => ({
  status,
  body: [{ errorCode, message }],
});

export const openBulkJobs = (org: Org, run: (soql: string, withDeleted: boolean) => Result): BulkJobs => {
  const jobs = new Map<string, Job>();

  const info = ({ id, state, operation }: Job): object => ({
    id,
    operation,
    state,
    object: '',
    contentType: 'CSV',
    apiVersion: 62,
    columnDelimiter: 'COMMA',
    lineEnding: 'LF',
  });

  const create = (body: string): Answer => {
    const {
      operation,
      query,
      columnDelimiter = 'COMMA',
      lineEnding = 'LF',
    } = JSON.parse(body) as Record<string, string>;
    if (operation !== 'query' && operation !== 'queryAll') return error(400, 'INVALIDJOB', 'Invalid operation');
    if (columnDelimiter !== 'COMMA' || lineEnding !== 'LF') throw new Error('the stand-in writes commas and LF');
    let result: Result;
    try {
      result = run(query ?? '', operation === 'queryAll');
    } catch (thrown) {
      if (thrown instanceof SoqlError) return error(400, 'API_ERROR', thrown.message);
      throw thrown;
    }
    if (result.fields === undefined)
      return error(400, 'INVALIDJOB', 'Aggregate Relationships not supported in Bulk Query');
    if (result.fields.some(({ shape }) => UNREADABLE.has(shape.type)))
      return error(
        400,
        'FEATURENOTENABLED',
        'FUNCTIONALITY_NOT_ENABLED: Selecting compound data not supported in Bulk Query',
      );
    const job: Job = {
      id: `750xx${String(jobs.size + 1).padStart(10, '0')}AAA`,
      operation,
      state: 'UploadComplete',
      query: query ?? '',
      header: '',
      lines: [],
      deleted: false,
      locators: new Map(),
    };
    jobs.set(job.id, job);
    return { status: 200, body: info(job) };
  };

  /** One step further each time that it is looked at. */
  const look = (job: Job): Answer => {
    if (job.state === 'UploadComplete') job.state = 'InProgress';
    else if (job.state === 'InProgress') {
      const { fields = [], ids, object } = run(job.query, job.operation === 'queryAll');
      job.header = fields.map(({ name }) => quoted(name)).join(',');
      job.lines = ids.flatMap((id) => {
        const record = org.records(object).get(id);
        return record === undefined ? [] : [fields.map((way) => quoted(textOf(follow(org, record, way)))).join(',')];
      });
      job.state = 'JobComplete';
    }
    return { status: 200, body: info(job) };
  };

  const results = (job: Job, search: URLSearchParams): Answer => {
    if (job.state !== 'JobComplete')
      return error(
        412,
        'JOB_NOT_COMPLETE',
        'can only download query results of successfully completed bulk job with status: JOB_COMPLETE.',
      );
    const locator = search.get('locator');
    const from = locator === null ? 0 : job.locators.get(locator);
    if (from === undefined) return error(400, 'INVALID_LOCATOR', 'Invalid locator');
    const size = Math.min(MOST_RECORDS, Number(search.get('maxRecords') ?? MOST_RECORDS));
    const lines = job.lines.slice(from, from + size);
    const isLast = from + size >= job.lines.length;
    const next = isLast ? 'null' : randomBytes(6).toString('base64url');
    if (!isLast) job.locators.set(next, from + size);
    return {
      status: 200,
      csv: `${[job.header, ...lines].join('\n')}\n`,
      headers: { 'sforce-locator': next, 'sforce-numberofrecords': String(lines.length) },
    };
  };

  return {
    answer: (method, path, search, body) => {
      if (path === '' && method === 'POST') return create(body);
      const [, id = '', rest = ''] = /^\/(\w+)(\/results)?$/.exec(path) ?? [];
      const job = jobs.get(id);
      if (job === undefined || job.deleted) return error(404, 'NOT_FOUND', 'The requested resource does not exist');
      if (rest === '/results' && method === 'GET') return results(job, search);
      if (method === 'GET') return look(job);
      if (method === 'PATCH') {
        if (job.state !== 'JobComplete') job.state = 'Aborted';
        return { status: 200, body: info(job) };
      }
      if (method !== 'DELETE') return error(405, 'METHOD_NOT_ALLOWED', 'HTTP Method not allowed');
      if (job.state === 'UploadComplete' || job.state === 'InProgress')
        return error(400, 'API_ERROR', 'Error encountered when deleting the job because the job is not terminated');
      job.deleted = true;
      return { status: 204 };
    },
    list: () => [...jobs.values()].map(({ id, state, deleted }) => ({ id, state, deleted })),
  };
};

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

const textOf = (value: Value): string => (value === null ? '' : String(value));
