/** What a webhook is told: names of mappings, codes and counts. */
import type { AlertKind } from '../config/alerts-schema.ts';
import type { AlertNote } from '../state/alerts.ts';
import { durationText } from './duration-text.ts';

const seconds = (value: string | number | undefined): string => durationText(Number(value ?? 0));

const RAISED: Readonly<Record<AlertKind, (detail: AlertNote['detail']) => string>> = {
  failed: ({ code, runs }) => `fails: ${code}${Number(runs) > 1 ? ` (${runs} runs in a row)` : ''}`,
  'token-failing': () => 'Meta refuses the access token; nothing is sent, and nothing is lost',
  'rejected-share': ({ percent, rejected, rows }) =>
    `${percent} % of rows are rejected (${rejected} of ${rows} in 24 h)`,
  'no-rows': ({ seconds: since, limit }) =>
    `no new rows for ${seconds(since)}; they are expected every ${seconds(limit)}`,
  freshness: ({ seconds: age, limit }) => `rows may have waited for ${seconds(age)}, over ${seconds(limit)}`,
  expiring: ({ expired, expiring, seconds: age, limit }) =>
    Number(expired) > 0
      ? `${expired} rows were too old for Meta in the last 24 h`
      : Number(expiring) > 0
        ? `about ${expiring} rows will be too old for Meta before their turn comes`
        : `rows may have waited for ${seconds(age)}; Meta refuses them after ${seconds(limit)}`,
};

const ENDED: Readonly<Record<AlertKind, string>> = {
  failed: 'runs again',
  'token-failing': 'the access token is accepted again',
  'rejected-share': 'few rows are rejected again',
  'no-rows': 'new rows come again',
  freshness: 'is fresh again',
  expiring: 'no rows are about to expire any more',
};

const isKind = (kind: string): kind is AlertKind => Object.hasOwn(RAISED, kind);

export const alertText = ({ mapping, kind, raised, detail }: AlertNote): string => {
  if (!isKind(kind)) return `${mapping}: ${kind}`;
  return `${mapping}: ${raised ? RAISED[kind](detail) : ENDED[kind]}`;
};

/** @param now epoch milliseconds */
export const alertBody = (notes: readonly AlertNote[], format: 'json' | 'slack', now: number): object => {
  if (format === 'slack') {
    const lines = notes.map((note) => `${note.raised ? ':red_circle:' : ':large_green_circle:'} ${alertText(note)}`);
    return { text: lines.join('\n') };
  }
  return {
    source: 'capi-sync',
    sent_at: new Date(now).toISOString(),
    alerts: notes.map((note) => ({
      mapping: note.mapping,
      kind: note.kind,
      state: note.raised ? 'raised' : 'recovered',
      since: new Date(note.since * 1000).toISOString(),
      text: alertText(note),
      detail: note.raised ? note.detail : {},
    })),
  };
};
