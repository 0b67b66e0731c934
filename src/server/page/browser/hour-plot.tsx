/** Rows in and out by hour. Bars, because a run is a thing that happens; with a table for whoever cannot see or wants the numbers. */
import { useState } from 'preact/hooks';
import type { RunHour } from '../../read-models/page-data.ts';
import { compact, count, day, fullTime } from './format.ts';
import { Scroll } from './scroll.tsx';

type Bin = {
  readonly from: number;
  readonly hours: number;
  read: number;
  sent: number;
  refused: number;
  failed: number;
  runs: number;
};

/** No more bars than can be told apart: several hours share one. */
const MOST_BARS = 84;

const binsOf = (hours: readonly RunHour[]): Bin[] => {
  const size = [1, 2, 3, 6, 12].find((each) => hours.length / each <= MOST_BARS) ?? 24;
  const bins = new Map<number, Bin>();
  for (const { hour, read, sent, rejected, expired, failed, runs } of hours) {
    const at = Math.floor(hour / size) * size;
    const bin = bins.get(at) ?? { from: at * 3600, hours: size, read: 0, sent: 0, refused: 0, failed: 0, runs: 0 };
    bin.read += read;
    bin.sent += sent;
    bin.refused += rejected + expired;
    bin.failed += failed;
    bin.runs += runs;
    bins.set(at, bin);
  }
  return [...bins.values()];
};

/** 1, 2 or 5 times a power of ten. */
const niceCeiling = (n: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, n)));
  return ([1, 2, 5, 10].find((step) => step * power >= n) ?? 10) * power;
};

const label = (bin: Bin): string => `${fullTime(bin.from)}${bin.hours > 1 ? `, ${bin.hours} h` : ''}`;

type Props = { readonly hours: readonly RunHour[]; readonly title: string; readonly height?: 'low' | 'high' };

export const HourPlot = ({ hours, title, height = 'high' }: Props) => {
  const [at, setAt] = useState<number | undefined>(undefined);
  const bins = binsOf(hours);
  const most = niceCeiling(Math.max(1, ...bins.map(({ read, sent }) => Math.max(read, sent))));
  const total = (name: 'read' | 'sent' | 'refused'): number => bins.reduce((sum, bin) => sum + bin[name], 0);
  const shown = at === undefined ? undefined : bins[at];
  const y = (n: number): number => (n / most) * 100;
  const choose = (event: PointerEvent): void => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    setAt(Math.min(bins.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * bins.length))));
  };
  const days = bins.flatMap((bin, n) =>
    new Date(bin.from * 1000).getHours() < bin.hours ? [{ n, from: bin.from }] : [],
  );
  const every = Math.ceil(days.length / 8);
  return (
    <figure class={`plot plot-${height}`}>
      <figcaption>
        <span class="legend">
          <span class="key key-in">read {count(shown?.read ?? total('read'))}</span>
          <span class="key key-out">sent {count(shown?.sent ?? total('sent'))}</span>
          <span class="key key-refused">refused {count(shown?.refused ?? total('refused'))}</span>
        </span>
        <span class="when">
          {shown ? label(shown) : `${title}, by ${bins[0]?.hours === 1 ? 'hour' : `${bins[0]?.hours ?? 1} h`}`}
        </span>
      </figcaption>
      <div class="canvas">
        <span class="top" aria-hidden="true">
          {compact(most)}
        </span>
        <svg
          viewBox={`0 0 ${bins.length} 112`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}: ${count(total('read'))} rows read, ${count(total('sent'))} sent, ${count(total('refused'))} refused or expired. The table below has them by hour.`}
          onPointerMove={choose}
          onPointerLeave={() => setAt(undefined)}
        >
          <path d={`M0 .5H${bins.length}M0 50H${bins.length}`} class="grid" />
          {days.map(({ n }) => (
            <path key={n} d={`M${n} 0V100`} class="grid" />
          ))}
          {bins.map((bin, n) => (
            <g key={bin.from}>
              {bin.read > 0 && <rect x={n + 0.1} width=".8" y={100 - y(bin.read)} height={y(bin.read)} class="in" />}
              {bin.sent > 0 && <rect x={n + 0.1} width=".8" y={100 - y(bin.sent)} height={y(bin.sent)} class="out" />}
              {bin.refused > 0 && (
                <rect
                  x={n + 0.1}
                  width=".8"
                  y="102"
                  height={1.5 + Math.min(8.5, (bin.refused / Math.max(1, bin.read)) * 50)}
                  class="refused"
                />
              )}
            </g>
          ))}
          <path d={`M0 100H${bins.length}`} class="axis" />
          {at !== undefined && <rect x={at} width="1" y="0" height="112" class="cursor" />}
        </svg>
        <div class="days" aria-hidden="true">
          {days
            .filter(({ n: bar }, n) => n % every === 0 && bar < bins.length * 0.88)
            .map(({ n, from }) => (
              <span key={n} style={{ left: `${(n / bins.length) * 100}%` }}>
                {day(from)}
              </span>
            ))}
        </div>
      </div>
      <details class="table-of">
        <summary>As a table</summary>
        <Scroll label={`${title}, as a table`}>
          <table>
            <thead>
              <tr>
                <th scope="col">from</th>
                <th scope="col" class="n">
                  runs
                </th>
                <th scope="col" class="n">
                  failed
                </th>
                <th scope="col" class="n">
                  read
                </th>
                <th scope="col" class="n">
                  sent
                </th>
                <th scope="col" class="n">
                  refused
                </th>
              </tr>
            </thead>
            <tbody>
              {bins
                .filter(({ runs }) => runs > 0)
                .toReversed()
                .map((bin) => (
                  <tr key={bin.from}>
                    <th scope="row">{label(bin)}</th>
                    <td class="n">{count(bin.runs)}</td>
                    <td class="n">{count(bin.failed)}</td>
                    <td class="n">{count(bin.read)}</td>
                    <td class="n">{count(bin.sent)}</td>
                    <td class="n">{count(bin.refused)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </figure>
  );
};
