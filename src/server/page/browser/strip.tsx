/** The last runs as a strip: height is what was sent, shape and colour are how it ended. */
import type { RunCell } from '../../read-models/page-data.ts';
import { clock, compact, plural, span } from './format.ts';

const HEIGHT = 24;
const STEP = 7;
const SLOTS = 24;

const OUTCOME = {
  running: 'running',
  succeeded: 'succeeded',
  completed_with_rejections: 'rejected some rows',
  failed: 'failed',
  skipped_busy: 'left to another instance',
} as const;

export const outcome = (run: Pick<RunCell, 'status' | 'errorCode'>): string =>
  run.errorCode === 'interrupted' ? 'interrupted' : OUTCOME[run.status];

const describe = (run: RunCell, now: number): string => {
  const took = run.endedAt === undefined ? '' : `, ${span(run.endedAt - run.startedAt)}`;
  const what =
    run.status === 'failed'
      ? ` (${run.errorCode ?? 'no code'})`
      : `: ${compact(run.sent)} of ${compact(run.read)} sent`;
  return `${clock(run.startedAt, now)}${took} ${outcome(run)}${what}`;
};

/** Said in one sentence to who cannot see it. */
const summary = (runs: readonly RunCell[]): string => {
  const failed = runs.filter(({ status }) => status === 'failed').length;
  const some = runs.filter(({ status }) => status === 'completed_with_rejections').length;
  const rest = [failed > 0 && `${failed} failed`, some > 0 && `${some} with rejections`].filter(Boolean).join(', ');
  return `Last ${plural(runs.length, 'run')}: ${rest || 'all succeeded'}`;
};

export const Strip = ({ runs, now }: { runs: readonly RunCell[]; now: number }) => {
  if (runs.length === 0) return <span class="quiet">no runs yet</span>;
  const most = Math.log1p(Math.max(1, ...runs.map(({ sent }) => sent)));
  const first = SLOTS - runs.length;
  return (
    <svg class="strip" viewBox={`0 0 ${SLOTS * STEP} ${HEIGHT}`} role="img" aria-label={summary(runs)}>
      {runs.map((run, n) => {
        const x = (first + n) * STEP;
        const height = 3 + (Math.log1p(run.sent) / most) * (HEIGHT - 9);
        return (
          <g key={run.id} class={`cell cell-${run.errorCode === 'interrupted' ? 'interrupted' : run.status}`}>
            <title>{describe(run, now)}</title>
            <rect x={x} y="0" width={STEP} height={HEIGHT} class="hit" />
            {run.status === 'failed' ? (
              <path d={`M${x + 1} ${HEIGHT - 7}l5 5m0-5l-5 5`} class="cross" />
            ) : (
              <rect x={x + 1} y={HEIGHT - 1 - height} width="5" height={height} rx="1" class="bar" />
            )}
            {run.status === 'completed_with_rejections' && (
              <path d={`M${x + 0.8} ${HEIGHT - height - 3}h5.400l-2.700-3.800z`} class="flag" />
            )}
          </g>
        );
      })}
    </svg>
  );
};
