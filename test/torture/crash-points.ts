/** The moments at which a process can die, by the rows of "Write order" in ARCHITECTURE.md, and what each must leave behind. */
import type { Place } from './stand.ts';
import type { Moment } from './tap.ts';

export type CrashPoint = {
  readonly name: string;
  /** Where it stands still: at a statement of its state, or at the nth such moment on the wire. */
  readonly at: Place | { readonly moment: Moment; readonly nth: number };
  /** Whether a batch counts as sent with an unknown outcome; left out where what is written rides with one batch or with none. */
  readonly leavesDoubt?: boolean;
  /** A row of the step is refused by the far side, or has a mistake. */
  readonly needs?: 'refused' | 'bad';
  /** First a death after the POST, so that something is in doubt. */
  readonly afterDoubt?: boolean;
};

const whenever = (): string => '1 = 1';

export const CRASH_POINTS: readonly CrashPoint[] = [
  {
    name: 'before the batch is recorded as sent',
    at: { event: 'BEFORE INSERT', table: 'batch', when: () => `NEW.state = 'SENT'` },
    leavesDoubt: false,
  },
  {
    name: 'after the batch is recorded, before its POST',
    at: { moment: 'connection', nth: 1 },
    leavesDoubt: true,
  },
  { name: 'after the POST, before its answer', at: { moment: 'answer', nth: 2 }, leavesDoubt: true },
  {
    name: 'after the answer, before it is acknowledged',
    at: { event: 'BEFORE UPDATE', table: 'batch', when: () => `NEW.state = 'ACKED'` },
    leavesDoubt: true,
  },
  {
    name: 'after one batch is acknowledged, before the POST of the next',
    at: { moment: 'request', nth: 2 },
    leavesDoubt: true,
  },
  {
    name: 'in the middle of the fold',
    at: { event: 'BEFORE INSERT', table: 'ledger', when: (_, hex) => `${hex('NEW.k')} >= '8'` },
    leavesDoubt: false,
  },
  {
    name: 'at the end of the fold',
    at: {
      event: 'BEFORE DELETE',
      table: 'batch_key',
      when: (t) => `EXISTS (SELECT 1 FROM ${t('batch')} WHERE id = OLD.batch_id AND state = 'ACKED')`,
    },
    leavesDoubt: false,
  },
  {
    name: 'before the checkpoint',
    at: { event: 'BEFORE INSERT', table: 'checkpoint', when: whenever },
  },
  {
    name: 'after the checkpoint, before the end of the run',
    at: { event: 'BEFORE UPDATE', table: 'run', when: () => `NEW.status <> 'failed'` },
    leavesDoubt: false,
  },
  {
    name: 'while a refused batch is halved',
    at: { event: 'BEFORE INSERT', table: 'batch', when: () => `NEW.state = 'ACKED'` },
    leavesDoubt: true,
    needs: 'refused',
  },
  {
    name: 'while a dead letter is written',
    at: { event: 'BEFORE INSERT', table: 'dead_letter', when: whenever },
    needs: 'bad',
  },
  {
    name: 'while what was in doubt is closed',
    at: {
      event: 'BEFORE DELETE',
      table: 'batch',
      when: (t) => `OLD.state = 'SENT' AND OLD.epoch < (SELECT max(epoch) FROM ${t('lease')})`,
    },
    afterDoubt: true,
  },
];
