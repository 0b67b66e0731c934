/** How long rows may have waited, on a scale of Meta's own marks: within 1 h, over 2 h, over 24 h. */
import type { MappingSummary } from '../../read-models/page-data.ts';
import { limit, span } from './format.ts';

const MARKS = [3600, 7200, 86_400] as const;
/** Four fields of the same width; within a field the place is proportional. */
const place = (age: number): number => {
  const ends = [0, ...MARKS, 7 * 86_400];
  const field = MARKS.findIndex((mark) => age <= mark);
  const n = field === -1 ? MARKS.length : field;
  const [from = 0, to = 1] = [ends[n], ends[n + 1]];
  return Math.min(1, (n + Math.min(1, (age - from) / (to - from))) / 4);
};

export const ageOf = ({ syncedAt }: Pick<MappingSummary, 'syncedAt'>, now: number): number | undefined =>
  syncedAt === undefined ? undefined : Math.max(0, now - syncedAt);

export const bandText = (age: number | undefined): string => {
  if (age === undefined) return 'not known yet';
  if (age <= MARKS[0]) return 'within 1 h';
  if (age <= MARKS[1]) return 'within 2 h';
  return age <= MARKS[2] ? 'within 24 h' : 'over 24 h';
};

type Props = { readonly mapping: MappingSummary; readonly now: number; readonly large?: boolean };

export const Freshness = ({ mapping, now, large = false }: Props) => {
  const age = ageOf(mapping, now);
  const { warn, alert, meta } = mapping.limits;
  const text = age === undefined ? 'never synced' : `${span(age)}${large ? ' ago' : ''}`;
  return (
    <div class={`freshness freshness-${mapping.freshness}${large ? ' large' : ''}`}>
      <span class="value">
        {text}
        <span class="sr"> since the last sync, {bandText(age)}</span>
      </span>
      <svg class="scale" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {[0, 1, 2, 3].map((n) => (
          <rect key={n} x={n * 25 + 0.6} y="3" width="23.8" height="4" class="field" />
        ))}
        {age !== undefined && (
          <rect x="0.6" y="3" width={Math.max(1.5, place(age) * 100 - 0.6)} height="4" class="fill" />
        )}
        {age !== undefined && (
          <rect x={Math.min(98.5, place(age) * 100)} y="0" width="1.5" height="10" class="needle" />
        )}
      </svg>
      {large && (
        <>
          <div class="marks" aria-hidden="true">
            <span>1 h</span>
            <span>2 h</span>
            <span>24 h</span>
          </div>
          <p class="note">
            {warn === undefined && alert === undefined
              ? 'No limits of its own (freshness.warn, freshness.alert). '
              : `Warns after ${warn === undefined ? '–' : limit(warn)}, alerts after ${alert === undefined ? '–' : limit(alert)}. `}
            Meta refuses events older than {limit(meta)}.
          </p>
        </>
      )}
    </div>
  );
};
