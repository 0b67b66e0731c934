/** What the facts of a server mean for a mapping. */
import type { ServerFacts } from '../../connectors/connector.ts';
import type { CheckCode } from './check-codes.ts';
import { duration, type Finding, fromAdvice } from './finding.ts';

/** Clocks within this are the same. */
const SAME_CLOCK_SECONDS = 2;

export type ServerSubject = {
  /** `crm`, as config.yaml calls it. */
  readonly connection: string;
  /** Milliseconds of this machine's clock, around the question for the server's. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** What late commits are caught by: lag and lookback, seconds; undefined where lookback is a number. */
  readonly patienceSeconds: number | undefined;
};

export const serverFindings = (facts: ServerFacts, subject: ServerSubject): Finding[] => [
  {
    code: 'connection' satisfies CheckCode,
    level: 'ok',
    text: `${facts.version}${facts.user === undefined ? '' : ` as ${facts.user}`}`,
  },
  tls(facts, subject),
  clock(facts, subject),
  ...(facts.isReadOnly && facts.user !== undefined
    ? [
        {
          code: 'replica' satisfies CheckCode,
          level: 'ok',
          text: 'the server takes no writes: a copy, it seems',
        } as const,
      ]
    : []),
  ...transactions(facts, subject),
  ...(facts.costs ?? []).map((advice) => fromAdvice('costs', advice)),
];

const tls = ({ transport }: ServerFacts, { connection }: ServerSubject): Finding => {
  const code: CheckCode = 'tls';
  if (transport === 'tls') return { code, level: 'ok', text: 'encrypted, certificate and host name verified' };
  if (transport === 'local') return { code, level: 'ok', text: 'not needed: the source is on this machine' };
  return {
    code,
    level: 'warning',
    text: 'password and rows cross the network in clear',
    paste: `connections: { ${connection}: { tls: verify } }   # in config.yaml, instead of tls: off`,
  };
};

const clock = ({ now }: ServerFacts, { askedAt, answeredAt }: ServerSubject): Finding => {
  const code: CheckCode = 'clock';
  const here = (askedAt + answeredAt) / 2;
  const seconds = (Date.parse(now) - here) / 1000;
  const doubt = (answeredAt - askedAt) / 2000;
  if (Math.abs(seconds) <= SAME_CLOCK_SECONDS + doubt)
    return { code, level: 'ok', text: "the source's clock and this machine's agree" };
  const text = `the source's clock is ${duration(Math.abs(seconds))} ${seconds > 0 ? 'ahead of' : 'behind'} this machine's`;
  return { code, level: 'warning', text, cure: 'set both by NTP: the age of events is reckoned by the clock here' };
};

const transactions = ({ transactions: facts }: ServerFacts, { patienceSeconds }: ServerSubject): Finding[] => {
  const code: CheckCode = 'open-transactions';
  if (facts === undefined) return [];
  if ('missing' in facts) {
    const text = `open transactions cannot be seen (missing: ${facts.missing}); what commits later than lag and lookback allow is missed`;
    return [{ code, level: 'warning', text, paste: facts.grant }];
  }
  const { oldestSeconds: oldest } = facts;
  if (oldest === undefined) return [{ code, level: 'ok', text: 'none at the moment' }];
  const text = `the oldest began ${duration(oldest)} ago`;
  if (patienceSeconds === undefined || oldest <= patienceSeconds) return [{ code, level: 'ok', text }];
  const cure = `longer than lag and lookback (${duration(patienceSeconds)}): end it, or lengthen source.cursor.lookback`;
  return [{ code, level: 'warning', text, cure }];
};
