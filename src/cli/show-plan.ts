/** `plan`, for people and as JSON. Values of rows are masked in both. */
import type { FileChange } from '../plan/compare-files.ts';
import type { CheckpointVerdict, MappingPlan } from '../plan/plan-mapping.ts';
import { count, type Terminal } from './terminal.ts';
import { cut, wrap } from './wrap.ts';

export const planJson = (plans: readonly MappingPlan[]): object => ({
  mappings: plans.map(({ name, change, renamedFrom, files, checkpoint, events, deadLetters, error }) => ({
    mapping: name,
    change,
    renamed_from: renamedFrom ?? null,
    file: files,
    checkpoint: { ...checkpoint, ...(checkpoint.kind === 'none' && { rows: checkpoint.rows ?? null }) },
    events: events
      ? {
          rows: events.rows,
          same: events.same,
          changed: events.changed,
          new_ids: events.newIds,
          new_keys: events.newKeys,
          outcomes: events.outcomes,
          keys: events.keys,
          sent_again: events.sentAgain,
        }
      : null,
    dead_letters: deadLetters,
    error: error ? { ...error, hint: error.hint ?? null } : null,
  })),
});

type Shown = { readonly against?: string; readonly hasState: boolean };

export const showPlan = (plans: readonly MappingPlan[], { against, hasState }: Shown, terminal: Terminal): string => {
  const of = (change: MappingPlan['change']): number => plans.filter((each) => each.change === change).length;
  const sum = (pick: (each: MappingPlan) => number): number => plans.reduce((total, each) => total + pick(each), 0);
  const mismatches = plans.filter(({ checkpoint }) => checkpoint.kind === 'mismatch').length;
  const again = sum(({ events }) => events?.sentAgain ?? 0);
  const kept = of('unchanged');
  const notes = [
    ...(against === undefined
      ? ['Compared with the state alone; --against <git revision or folder> compares events too.']
      : []),
    ...(hasState ? [] : ['There is no state yet: nothing was ever sent.']),
    ...(mismatches > 0
      ? [`${mismatches} checkpoint${mismatches === 1 ? '' : 's'} would not fit: those runs stop before they read.`]
      : []),
    ...(again > 0
      ? [`${count(again)} rows of the samples that were sent would be sent again when a run reads them.`]
      : []),
  ];
  return [
    ...plans.filter(isWorthShowing).flatMap((plan) => [...showMapping(plan, terminal), '']),
    terminal.paint(
      'bold',
      `plan: ${of('added')} to add, ${of('changed')} to change, ${of('removed')} to remove, ${kept} as they are`,
    ),
    ...notes.flatMap((note) => wrap(note, terminal.width)),
  ].join('\n');
};

const isWorthShowing = ({ change, checkpoint, events, error }: MappingPlan): boolean =>
  change !== 'unchanged' ||
  checkpoint.kind === 'mismatch' ||
  error !== undefined ||
  (events !== undefined && events.same < events.rows);

const SIGN = { added: '+', changed: '~', unchanged: ' ', removed: '-' } as const;

const showMapping = (plan: MappingPlan, { paint, width }: Terminal): string[] => {
  const { name, change, renamedFrom, files, checkpoint, events, deadLetters, error } = plan;
  const block = (label: string, text: string): string[] =>
    wrap(text, width - 15).map((line, n) => `  ${(n === 0 ? label : '').padEnd(12)} ${line}`);
  const renamed = renamedFrom === undefined ? '' : ` (it reads what ${renamedFrom} read)`;
  return [
    paint('bold', `${SIGN[change]} ${name}  ${change}${renamed}`),
    ...files.flatMap((each) => showFileChange(each, width)),
    ...block('checkpoint', checkpointText(checkpoint)),
    ...(renamedFrom === undefined
      ? []
      : block('ledger', `begins anew under this name: it does not know what ${renamedFrom} sent`)),
    ...(deadLetters > 0 ? block('dead letters', `${count(deadLetters)} stay behind in the state`) : []),
    ...(events ? showEvents(events, block, width) : []),
    ...(error
      ? block(paint('red', 'not known'), `${error.message} [${error.code}]${error.hint ? `: ${error.hint}` : ''}`)
      : []),
  ];
};

const showFileChange = ({ path, before, after }: FileChange, width: number): string[] => {
  const sign = before === null ? '+' : after === null ? '-' : '~';
  const both = before !== null && after !== null ? `${before} → ${after}` : (after ?? before ?? '');
  return [cut(`  ${sign} ${path}: ${both}`, width)];
};

const checkpointText = (checkpoint: CheckpointVerdict): string => {
  switch (checkpoint.kind) {
    case 'none': {
      const rows =
        checkpoint.rows === undefined
          ? ''
          : `: ${checkpoint.rows === 1 ? 'one row' : `${count(checkpoint.rows)} rows`}`;
      return `none yet; the first run reads from cursor.start on (${checkpoint.start})${rows}`;
    }
    case 'fits':
      return `fits: the next run goes on from ${checkpoint.cursor}`;
    case 'mismatch':
      return checkpoint.text;
    case 'left-behind':
      return `stays in the state at ${checkpoint.cursor}, and nothing reads it`;
    case 'unknown':
      return 'not looked at';
  }
};

type Block = (label: string, text: string) => string[];

const showEvents = (events: NonNullable<MappingPlan['events']>, block: Block, width: number): string[] => {
  const { rows, same, changed, newIds, newKeys, outcomes, keys, sentAgain } = events;
  const ids = newIds > 0 ? `, ${count(newIds)} with another event_id` : '';
  const dedup = newKeys > 0 ? `, ${count(newKeys)} with another dedup key` : '';
  return [
    ...block(
      'events',
      `of ${count(rows)} rows ${count(same)} stay the same, ${count(changed)} become other events${ids}${dedup}`,
    ),
    ...outcomes.map(({ before, after, rows: n }) => cut(`    ${count(n)} rows: ${before} → ${after}`, width)),
    ...keys.map(({ path, rows: n, before, after }) => {
      const values = before === after ? `another value (${after})` : `${before} → ${after}`;
      return cut(`    ${path}, ${count(n)} rows: ${values}`, width);
    }),
    ...(sentAgain > 0
      ? block(
          'sent again',
          `${count(sentAgain)} of these rows were sent under another key; the next run that reads them sends them again`,
        )
      : []),
  ];
};
