/** The last word on one row: what the next run does with it, from what the mapping makes of it, where it lies, and what state remembers. */
import { fingerprint } from '../mapping/identity.ts';
import type { MappedRow } from '../mapping/mapped-row.ts';
import { REJECTION_CODES } from '../meta/rejection-codes.ts';
import { UNREADABLE_CODES } from '../meta/unreadable-codes.ts';
import type { RowHistory } from '../state/row-history.ts';
import type { Reach } from './find-row.ts';

export type Verdict = {
  /** `in_doubt`: sent without an answer; a run sends it again with the same id. `refused`: Meta refused it, and it has not changed. */
  readonly outcome: 'sent' | 'duplicate' | 'in_doubt' | 'refused' | 'rejected' | 'filtered' | 'expired' | 'not_read';
  /** One sentence, without a value of the row. */
  readonly text: string;
  /** Of a rejection, ours or Meta's. */
  readonly code: string | undefined;
  readonly cure: string | undefined;
};

export type Judged = {
  readonly mapped: MappedRow;
  readonly reach: Reach;
  /** Undefined: there is no state yet. */
  readonly history: RowHistory | undefined;
  /** Days since 1970: older acknowledgements are outside the dedup window. */
  readonly seenSinceDay: number;
};

export const dayText = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

const NOT_READ: Readonly<Record<Exclude<Reach, 'next-run'>, readonly [text: string, cure: string]>> = {
  where: ['not read: source.where leaves it out', 'change the row, or source.where'],
  unchanged: [
    'not sent: it is as it was when it was last read, and has its outcome from then',
    'change a column that the mapping reads; or reset the checkpoint: the ledger keeps what was sent from going out twice',
  ],
  'cursor-null': ['not read: its cursor is NULL', 'fill the cursor column'],
  'too-new': ['not yet read: newer than the lag lets a run read', 'wait for source.cursor.lag to pass'],
  'before-start': ['not read: older than source.cursor.start', 'update the row, or begin earlier: source.cursor.start'],
  'behind-checkpoint': [
    'not read: it lies behind the checkpoint, and before the lookback',
    'update the row, so that its cursor moves; or reset the checkpoint: the ledger keeps what was sent from going out twice',
  ],
};

const TOO_OLD = 'nothing mends an event that is too old; run more often, and see `status` for how long rows wait';

/** In the order of a sync: mapping, dead letters, ledger; then whether a run gets to see the row at all. */
export const judgeRow = ({ mapped, reach, history, seenSinceDay }: Judged): Verdict => {
  const verdict = (outcome: Verdict['outcome'], text: string, code?: string, cure?: string): Verdict => ({
    outcome,
    text,
    code,
    cure,
  });
  const { acknowledgedDay: day, openDay } = history ?? {};
  const before = day === undefined ? '' : `; sent before, acknowledged on ${dayText(day)}`;
  if (mapped.kind === 'filtered') return verdict('filtered', `filtered: ${mapped.reason}${before}`);
  if (mapped.kind === 'expired')
    return verdict('expired', `expired: older than Meta accepts${before}`, undefined, TOO_OLD);
  if (mapped.kind === 'rejected') {
    const field = mapped.field === undefined ? '' : ` (${mapped.field})`;
    return verdict('rejected', `rejected: ${mapped.code}${field}`, mapped.code, cureOf(mapped.code));
  }
  const letter = history?.deadLetter;
  if (letter && letter.fingerprint === fingerprint(mapped.json)) {
    const day = dayText(Math.floor(letter.lastAt / 86_400));
    return verdict('refused', `refused on ${day}, not changed since: not sent again`, letter.code, cureOf(letter.code));
  }
  if (day !== undefined && day >= seenSinceDay)
    return verdict('duplicate', `duplicate: acknowledged on ${dayText(day)}`);
  if (reach !== 'next-run') return verdict('not_read', NOT_READ[reach][0], undefined, NOT_READ[reach][1]);
  if (openDay !== undefined)
    return verdict(
      'in_doubt',
      `sent on ${dayText(openDay)} without an answer so far: a run sends it again, with the same id`,
    );
  return verdict('sent', 'would be sent');
};

const CURES: Readonly<Record<string, { readonly cure: string }>> = { ...REJECTION_CODES, ...UNREADABLE_CODES };

const cureOf = (code: string): string =>
  Object.hasOwn(CURES, code)
    ? (CURES[code]?.cure ?? '')
    : "Meta's code: docs/errors.md#metas-own-codes has its meaning";
