/** How old events were when Meta acknowledged them, against what Meta asks for. */
import type { Detail } from '../../read-models/page-data.ts';
import { count, limit, percent } from './format.ts';

const HOUR = 3600;

const name = (from: number, upTo: number | undefined): string =>
  upTo === undefined ? `over ${limit(from)}` : from === 0 ? `up to ${limit(upTo)}` : `${limit(from)} – ${limit(upTo)}`;

const zone = (upTo: number | undefined): string => {
  if (upTo !== undefined && upTo <= HOUR) return 'good';
  if (upTo !== undefined && upTo <= 24 * HOUR) return 'fair';
  return 'poor';
};

export const Ages = ({ ages }: { ages: NonNullable<Detail['ages']> }) => {
  const all = ages.reduce((sum, { events }) => sum + events, 0);
  const most = Math.max(1, ...ages.map(({ events }) => events));
  const within = (seconds: number): number =>
    ages.reduce((sum, { upTo, events }) => sum + (upTo !== undefined && upTo <= seconds ? events : 0), 0);
  return (
    <>
      <p class="lead">
        <b>{percent(within(HOUR), all)}</b> within 1 h, <b>{percent(within(2 * HOUR), all)}</b> within 2 h,{' '}
        <b>{percent(within(24 * HOUR), all)}</b> within 24 h
      </p>
      <table class="bars">
        <caption class="sr">Events by age when Meta acknowledged them</caption>
        <thead class="sr">
          <tr>
            <th scope="col">age</th>
            <th scope="col">share</th>
            <th scope="col">events</th>
          </tr>
        </thead>
        <tbody>
          {ages.map(({ upTo, events }, n) => (
            <tr key={upTo ?? 'rest'} class={`zone-${zone(upTo)}`}>
              <th scope="row">{name(ages[n - 1]?.upTo ?? 0, upTo)}</th>
              <td class="bar">
                <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                  <rect width="100" height="8" class="back" />
                  <rect width={events === 0 ? 0 : Math.max(0.6, (events / most) * 100)} height="8" class="fill" />
                </svg>
              </td>
              <td class="n">{count(events)}</td>
              <td class="n share">{percent(events, all)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
};
