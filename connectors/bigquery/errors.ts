/**
 * BigQuery's errors by their `reason` (https://cloud.google.com/bigquery/docs/error-messages), and those of the sign-in.
 * A message may quote a value of a row; only names, numbers of bytes and places in the statement are taken from it.
 */
import { SourceError } from '../connector.ts';
import { asDriverError, failed, interrupted, nameIn, networkError } from '../sql/driver-errors.ts';
import type { Phase } from '../sql/pool.ts';
import { sizeText } from './cost.ts';

type Reported = { readonly reason: string; readonly message: string; readonly status: number | undefined };

const SERVER = 'BigQuery';

export function translateBigquery(error: unknown, phase: Phase, doing: string): SourceError {
  if (error instanceof SourceError) return error;
  const reported = reportedBy(error);
  return ofSignIn(error) ?? (reported ? ofReason(reported, error, doing) : ofTransport(error, phase, doing));
}

/** The first error of an answer of the API, or of a job. */
function reportedBy(error: unknown): Reported | undefined {
  const { code, errors } = error as { code?: unknown; errors?: readonly { reason?: unknown; message?: unknown }[] };
  const [first] = Array.isArray(errors) ? errors : [];
  const status = typeof code === 'number' ? code : undefined;
  const { message } = asDriverError(error);
  if (first !== undefined) return { reason: String(first.reason), message: String(first.message ?? message), status };
  return status === undefined ? undefined : { reason: '', message, status };
}

/** Errors of Google's sign-in library, which come before BigQuery has been asked anything. */
function ofSignIn(error: unknown): SourceError | undefined {
  const { message, code } = asDriverError(error);
  if (/Could not load the default credentials|Unable to detect a Project Id/.test(message)) {
    return failed(
      'source-login-failed',
      'log in',
      'this machine has no application default credentials',
      error,
      'set credentials: ${file:/run/secrets/bigquery.json}, or run where a service account is attached',
    );
  }
  const grant =
    /\b(invalid_grant|invalid_client|unauthorized_client|invalid_scope|access_denied|invalid_target)\b/.exec(
      message,
    )?.[1];
  if (grant !== undefined) {
    return failed(
      'source-login-failed',
      'log in',
      `Google refused the credentials (${grant})`,
      error,
      'the key may be deleted, disabled or of another account, or the clock of this machine wrong: make a new key in IAM, Service accounts, Keys',
    );
  }
  if (/DECODER routines|PEM routines|asn1|private key/i.test(message) || code.startsWith('ERR_OSSL')) {
    return failed(
      'source-login-failed',
      'log in',
      'the private key of the credentials cannot be read',
      error,
      'use the JSON file as Google gave it, line breaks of the key (\\n) included',
    );
  }
  return undefined;
}

function ofTransport(error: unknown, phase: Phase, doing: string): SourceError {
  const found = networkError(error, phase, doing, SERVER);
  if (found?.code !== 'source-tls') return found ?? failed('source-query-failed', doing, 'the driver failed', error);
  return new SourceError(found.code, found.message, {
    hint: 'behind a proxy that reads along: NODE_EXTRA_CA_CERTS=/path/to/its-authority.pem in the environment',
    cause: error,
  });
}

const AGAIN = new Set(['backendError', 'internalError', 'jobBackendError', 'jobInternalError', 'tableUnavailable']);
const BUSY = new Set(['rateLimitExceeded', 'jobRateLimitExceeded', 'userRateLimitExceeded']);

function ofReason({ reason, message, status }: Reported, error: unknown, doing: string): SourceError {
  if (status === 401 || reason === 'authError') {
    return failed('source-login-failed', 'log in', `${SERVER} refused the credentials (401)`, error, 'make a new key');
  }
  if (AGAIN.has(reason) || BUSY.has(reason) || status === 429 || (status !== undefined && status >= 500)) {
    return interrupted(error, doing, SERVER, reason || String(status));
  }
  switch (reason) {
    case 'accessDenied':
    case 'forbidden':
      return denied(message, error, doing);
    case 'accessNotConfigured':
    case 'billingNotEnabled':
      return failed(
        'source-permission',
        doing,
        reason === 'billingNotEnabled'
          ? 'the project has no billing'
          : 'the BigQuery API is not enabled in the project',
        error,
        'gcloud services enable bigquery.googleapis.com, in the project that the connection names',
      );
    case 'notFound':
      return notFound(message, error, doing);
    case 'bytesBilledLimitExceeded':
      return overLimit(message, error, doing);
    case 'quotaExceeded':
      return failed(
        'source-query-failed',
        doing,
        'a quota is used up (quotaExceeded)',
        error,
        'see IAM & Admin, Quotas',
      );
    case 'responseTooLarge':
    case 'resourcesExceeded':
      return failed(
        'source-query-failed',
        doing,
        `the result is too large to be sorted or given in one query (${reason})`,
        error,
        'read shorter ranges: "capi-sync run" with --since and --until goes by slices; or set a later cursor.start',
      );
    case 'stopped':
    case 'timeout':
      return failed(
        'source-query-failed',
        doing,
        `it took longer than statement_timeout, or was cancelled (${reason})`,
        error,
      );
    default:
      return ofStatement({ reason, message, status }, error, doing);
  }
}

function denied(message: string, error: unknown, doing: string): SourceError {
  const what = /Access Denied: (?:Table|Dataset|Project|Job|View) ([\w.:-]{1,200}?)(?:: |$)/.exec(message)?.[1];
  const right = /\bbigquery\.[a-zA-Z.]+\b/.exec(message)?.[0];
  const hint = right?.startsWith('bigquery.jobs')
    ? 'grant roles/bigquery.jobUser on the project that runs the queries'
    : 'grant roles/bigquery.dataViewer on the table or its dataset, and roles/bigquery.jobUser on the project';
  return failed(
    'source-permission',
    doing,
    `permission denied${what === undefined ? '' : `: ${what}`}${right === undefined ? '' : ` (${right})`}`,
    error,
    hint,
  );
}

function notFound(message: string, error: unknown, doing: string): SourceError {
  const [, kind = '', name = ''] =
    /Not found: (Table|Dataset|Project|Job|Model|Routine) ([\w.:-]{1,200})/.exec(message) ?? [];
  switch (kind) {
    case 'Table':
    case 'Dataset':
      return failed(
        'unknown-table',
        doing,
        `no such ${kind.toLowerCase()}: ${name} (notFound)`,
        error,
        'check its name, and that `location` is where the dataset is',
      );
    case 'Project':
      return failed('source-login-failed', doing, 'there is no such project (notFound)', error, 'check `project`');
    case 'Job': // Results are kept for a day.
      return interrupted(error, doing, SERVER, 'the result of the query is gone');
    default:
      return failed('unknown-table', doing, 'something that it names does not exist (notFound)', error);
  }
}

function overLimit(message: string, error: unknown, doing: string): SourceError {
  const [, limit, needed] = /bytes billed: (\d+)\. (\d+) or higher required/.exec(message) ?? [];
  const sizes =
    limit === undefined || needed === undefined
      ? ''
      : `: it would be billed for ${sizeText(Number(needed))}, and ${sizeText(Number(limit))} are allowed`;
  return failed(
    'source-query-failed',
    doing,
    `it would cost more than maximum_bytes_billed${sizes}`,
    error,
    'make the partition column the cursor, set `partitions` for the table, cluster it, map fewer columns, or raise maximum_bytes_billed of the connection',
  );
}

function ofStatement({ reason, message, status }: Reported, error: unknown, doing: string): SourceError {
  const filter = /without a filter over column\(s\) ((?:'\w+'(?:, )?)+)/.exec(message)?.[1];
  if (filter !== undefined) {
    return failed(
      'source-query-failed',
      doing,
      `the table wants a filter on its partitions (${filter.replaceAll("'", '')})`,
      error,
      'read by that column as the cursor, name the table in `partitions` of the connection, or filter by it in the query',
    );
  }
  const name = /(?:Unrecognized name: `?|Name )([\w.]{1,128})(?:`| not found|;| at|$)/.exec(message)?.[1];
  if (name !== undefined) return failed('unknown-column', doing, `no such column: ${name} (${reason})`, error);
  const place = /at \[(\d+:\d+)\]/.exec(message)?.[1];
  const where = place === undefined ? '' : ` at ${place} of the statement`;
  if (message.includes('Syntax error')) {
    return failed('source-query-failed', doing, `syntax error${where}`, error, 'try the statement in the console');
  }
  const called = nameIn(message, /Function not found: ([\w.]+)/);
  if (called !== undefined) return failed('source-query-failed', doing, `no such function: ${called}${where}`, error);
  return failed('source-query-failed', doing, `${SERVER} refused it (${reason || status})${where}`, error);
}
