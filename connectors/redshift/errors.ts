import type { SourceError, SourceErrorCode } from '../connector.ts';
import { asDriverError, failed, interrupted, nameIn, networkError, tlsHint } from '../sql/driver-errors.ts';
import type { Phase } from '../sql/pool.ts';

type Rule = { readonly code: SourceErrorCode; readonly text: string; readonly name?: RegExp; readonly hint?: string };

const login =
  'check user and password; temporary credentials of IAM live for 15 to 60 minutes, and their user begins with IAM: or IAMR:';

/** Redshift's errors, by SQLSTATE, as its PostgreSQL ancestor gives them. Messages may hold values of rows: only names are taken from them. */
const rules: Readonly<Record<string, Rule>> = {
  '28P01': { code: 'source-login-failed', text: 'it refused user or password', hint: login },
  '28000': { code: 'source-login-failed', text: 'it refused user or password', hint: login },
  '3D000': { code: 'source-login-failed', text: 'it has no such database', hint: 'check the database name' },
  '42501': {
    code: 'source-permission',
    text: 'permission denied',
    name: /for (?:relation|table|schema|view) (\S+)$/,
    hint: 'GRANT SELECT on what is mapped, and USAGE on its schema (of an external table on the external schema)',
  },
  '25006': {
    code: 'source-permission',
    text: 'the transaction is read-only',
    hint: 'a source is only read: no statement or function that writes',
  },
  '42P01': { code: 'unknown-table', text: 'no such table', name: /relation "([^"]+)"/ },
  '42703': { code: 'unknown-column', text: 'no such column', name: /column "?([^" ]+)"? does not exist/ },
  '42601': {
    code: 'source-query-failed',
    text: 'syntax error',
    name: /at or near "([^"]+)"/,
    hint: 'try the statement in the query editor',
  },
  '42883': { code: 'source-query-failed', text: 'no such function or operator', name: /function ([\w.]+)\(/ },
  '0A000': {
    code: 'source-query-failed',
    text: 'Redshift does not have this',
    hint: 'functions of the leader node work on no table: see its documentation',
  },
  '57014': {
    code: 'source-query-failed',
    text: 'it took longer than statement_timeout, was cancelled, or was ended by a rule of workload management',
    hint: 'raise statement_timeout, or put the label "capi-sync" (query_group) into a queue of its own',
  },
  '53300': { code: 'source-unreachable', text: 'it takes no more connections' },
  '57P03': { code: 'source-unreachable', text: 'it is starting, or paused' },
};

export function translateRedshift(error: unknown, phase: Phase, doing: string, server: string): SourceError {
  const { code, message } = asDriverError(error);
  if (message === 'The server does not support SSL connections')
    return failed('source-tls', 'connect', `${server} does not offer TLS`, error, tlsHint);
  const ofNetwork = networkError(error, phase, doing, server);
  if (ofNetwork !== undefined) return ofNetwork;
  const state = `SQLSTATE ${code}`;
  if (/^(08|57P0[125]|40001|40P01)/.test(code)) return interrupted(error, doing, server, state);
  const rule = rules[code];
  if (rule === undefined) {
    const detail = code === '' ? 'the driver failed' : `${server} refused it (${state})`;
    return failed('source-query-failed', doing, detail, error);
  }
  const name = rule.name === undefined ? undefined : nameIn(message, rule.name);
  const what = rule.code === 'source-login-failed' ? 'log in' : doing;
  const text = rule.text.startsWith('it ') ? `${server}: ${rule.text}` : rule.text;
  return failed(rule.code, what, `${text}${name === undefined ? '' : `: ${name}`} (${state})`, error, rule.hint);
}
