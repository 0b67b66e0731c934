import type { SourceError, SourceErrorCode } from '../connector.ts';
import { asDriverError, failed, interrupted, nameIn, networkError } from '../sql/driver-errors.ts';
import { BrokenResult } from './result-rows.ts';

/**
 * ClickHouse's errors, by their number (system.errors lists them). The text of one may quote the query and values of rows;
 * only names of tables, columns and functions are taken from it.
 */
export function translateClickhouse(error: unknown, doing: string, server: string): SourceError {
  const { code, message } = asDriverError(error);
  if (/^\d+$/.test(code)) return byNumber(code, message, { error, doing, server });
  if (error instanceof BrokenResult) return interrupted(error, doing, server, 'the result ended within a row');
  if (/^Timeout error/i.test(message)) return interrupted(error, doing, server, 'no answer in time');
  const phase = /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT)/.test(code) ? 'connect' : 'query';
  return (
    networkError(error, phase, doing, server) ??
    failed(
      'source-query-failed',
      doing,
      `${server} gave an answer that is not ClickHouse's`,
      error,
      'the port must be that of the HTTP interface: 8443 with TLS, 8123 without',
    )
  );
}

type Context = { readonly error: unknown; readonly doing: string; readonly server: string };

type Rule = {
  readonly code: SourceErrorCode;
  readonly says: (message: string, server: string) => string;
  readonly hint?: string;
};

const login = (says: Rule['says'], hint: string): Rule => ({ code: 'source-login-failed', says, hint });
const refusedLogin = login(
  (_, server) => `${server} refused user or password`,
  'check user and password; of ClickHouse Cloud they are under Connect',
);
const tooMuch: Rule = {
  code: 'source-query-failed',
  says: () => 'the server ended it at a limit of its profile',
  hint: 'raise max_rows_to_read, max_bytes_to_read or max_result_rows of the profile, or read less: a later cursor.start, a where',
};
const noTable: Rule = {
  code: 'unknown-table',
  says: (message) => `no such table${about(message, /(?:identifier|Table) '?`?([\w.]+)/)}`,
};
const noColumn: Rule = {
  code: 'unknown-column',
  says: (message) => `no such column${about(message, /(?:[Ii]dentifier|column):? [`'"]?([\w.]+)/)}`,
};

const rules: Readonly<Record<string, Rule>> = {
  192: refusedLogin,
  193: refusedLogin,
  194: refusedLogin,
  516: refusedLogin,
  195: login((_, server) => `${server} lets this user in from other addresses only`, 'the HOST clause of CREATE USER'),
  81: login((_, server) => `${server} has no such database`, 'check the database name'),
  497: {
    code: 'source-permission',
    says: () => 'permission denied',
    hint: "GRANT SELECT on what is mapped; KILL QUERY and SHOW come with it for what is one's own",
  },
  164: {
    code: 'source-permission',
    says: () => 'the session is read-only',
    hint: 'a source is only read; settings of a query need a profile with readonly = 2',
  },
  452: {
    code: 'source-permission',
    says: () => 'a constraint of the profile forbids a setting',
    hint: 'lower statement_timeout, or allow the setting that the log of the server names',
  },
  60: noTable,
  16: noColumn,
  47: noColumn,
  62: { code: 'source-query-failed', says: () => 'syntax error', hint: 'try the statement in clickhouse-client' },
  46: {
    code: 'source-query-failed',
    says: (message) => `no such function${about(message, /[Ff]unction with name [`']?(\w+)/)}`,
  },
  159: {
    code: 'source-query-failed',
    says: () => 'it took longer than statement_timeout',
    hint: 'raise statement_timeout, or lay the table out by cursor and key: see capi-sync check',
  },
  160: {
    code: 'source-query-failed',
    says: () => 'the server reckons that it would take longer than statement_timeout',
    hint: 'raise statement_timeout',
  },
  394: { code: 'source-interrupted', says: () => 'the query was killed at the server' },
  241: {
    code: 'source-query-failed',
    says: () => 'it needs more memory than the server allows it',
    hint: 'lay the table out by cursor and key (ORDER BY), so that nothing has to be sorted, or raise max_memory_usage',
  },
  158: tooMuch,
  307: tooMuch,
  396: tooMuch,
  202: { code: 'source-unreachable', says: (_, server) => `${server} has too many queries at work` },
};

/** The network between servers, a Keeper that is away, a shard that does not answer: worth another try. */
const passing = new Set(['209', '210', '225', '242', '279', '999', '198', '203', '32', '101', '236']);

function byNumber(code: string, message: string, { error, doing, server }: Context): SourceError {
  if (passing.has(code)) return interrupted(error, doing, server, `Code ${code}`);
  const rule = rules[code];
  if (rule === undefined) return failed('source-query-failed', doing, `the server refused it (Code ${code})`, error);
  const what = rule.code === 'source-login-failed' ? 'log in' : doing;
  return failed(rule.code, what, `${rule.says(message, server)} (Code ${code})`, error, rule.hint);
}

function about(message: string, pattern: RegExp): string {
  const name = nameIn(message, pattern);
  return name === undefined ? '' : `: ${name}`;
}
