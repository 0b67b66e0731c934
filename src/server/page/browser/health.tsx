/** Whether a mapping is healthy, why not, and what can be done about it at once. */
import type { MappingSummary } from '../../read-models/page-data.ts';
import { compact, count, percent } from './format.ts';
import { LevelIcon, RunningIcon } from './icons.tsx';
import { linkTo, type PageState, type Store } from './store.ts';

export const Label = ({ mapping }: { mapping: MappingSummary }) => (
  <span class={`label label-${mapping.health.level}`}>
    <LevelIcon level={mapping.health.level} />
    {mapping.health.label}
  </span>
);

/** A run that goes on, with its share where the source told how many rows there are. */
export const Progress = ({ mapping, live }: { mapping: MappingSummary; live: PageState['live'] }) => {
  const run = live[mapping.name] ?? mapping.running;
  if (!run) {
    if (mapping.queued) return <span class="progress">waits for a free place</span>;
    if (!mapping.elsewhere) return null;
    return (
      <span class="progress">
        <RunningIcon /> runs in another instance
      </span>
    );
  }
  const { read, sent, totalRows = 0 } = run;
  return (
    <span class="progress" title={`${count(read)} rows read, ${count(sent)} sent`}>
      <RunningIcon />
      {totalRows > 0 ? `${percent(read, totalRows)} of ${compact(totalRows)} rows` : `${compact(read)} rows`}
      {totalRows > 0 && (
        <progress
          max={totalRows}
          value={Math.min(read, totalRows)}
          aria-label={`${mapping.name}: share of the rows that are read`}
        />
      )}
    </span>
  );
};

type Props = {
  readonly mapping: MappingSummary;
  readonly store: Store;
  readonly canAct: boolean;
  readonly busy: string | undefined;
  readonly all?: boolean;
};

/** The one action that helps, or all of them. */
export const Actions = ({ mapping, store, canAct, busy, all = false }: Props) => {
  if (!canAct) return null;
  const { name, health, pausedSince, running } = mapping;
  const disabled = (path: string): boolean => busy === `${name} ${path}`;
  const runNow = (
    <button
      key="run"
      type="button"
      disabled={disabled('run') || running !== undefined}
      onClick={() => store.perform(name, { path: 'run' }, 'a run began')}
      aria-label={`Run now: ${name}`}
    >
      Run now
    </button>
  );
  const resume = (
    <button
      key="resume"
      type="button"
      disabled={disabled('resume')}
      onClick={() => store.perform(name, { path: 'resume' }, 'it runs by its schedule again')}
      aria-label={`Resume: ${name}`}
    >
      Resume
    </button>
  );
  const pause = (
    <button
      key="pause"
      type="button"
      class="plain"
      disabled={disabled('pause')}
      onClick={() => store.perform(name, { path: 'pause' }, 'it is paused')}
      aria-label={`Pause: ${name}`}
    >
      Pause
    </button>
  );
  if (all)
    return (
      <div class="actions">
        {runNow}
        {pausedSince === undefined ? pause : resume}
      </div>
    );
  if (health.action === 'resume') return resume;
  if (health.action === 'run') return runNow;
  return (
    <a class="act" href={linkTo(name)} aria-label={`See which: dead letters of ${name}`}>
      See which
    </a>
  );
};
