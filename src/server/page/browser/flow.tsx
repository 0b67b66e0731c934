/** The mapping's way as a picture: bands as wide as the rows that passed, and what was kept back at each step. */
import type { FlowStep } from '../../read-models/page-data.ts';
import { count, percent } from './format.ts';

const HEIGHT = 96;
const WIDEST = 52;
const TOP = 6;

const STEP = {
  source: 'read from',
  filter: 'let through by',
  rules: 'become',
  dedup: 'held against',
  dataset: 'sent to',
} as const;

const passed = (step: FlowStep): number => step.in - step.left.reduce((sum, { rows }) => sum + rows, 0);

/** A hair for what is there but would not be seen. */
const thickness = (rows: number, all: number): number =>
  rows === 0 ? 0 : Math.max(1.5, (rows / Math.max(1, all)) * WIDEST);

export const Flow = ({ steps }: { steps: readonly FlowStep[] }) => {
  const all = steps[0]?.in ?? 0;
  const width = 1000 / steps.length;
  return (
    <div class="flow">
      <svg viewBox={`0 0 1000 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false" class="bands">
        {steps.map((step, n) => {
          const x = n * width;
          const through = thickness(passed(step), all);
          let y = TOP + through;
          return (
            <g key={step.kind}>
              <rect x={x} y={TOP} width={width + 0.5} height={through} class="through" />
              {step.left.map(({ outcome, rows }, at) => {
                const t = thickness(rows, all);
                const from = y;
                y += t;
                // What leaves lower down turns off sooner, so that no band covers another.
                const [start, end] = [x + 4, x + width * 0.18 - at * 9];
                const thin = Math.max(3, t * 0.7);
                return (
                  <path
                    key={outcome}
                    class={`kept kept-${outcome}`}
                    d={`M${x} ${from}H${start}C${end} ${from} ${end} ${from + 14} ${end} ${HEIGHT}h${-thin}C${end - thin} ${from + t + 14} ${start} ${from + t} ${start} ${from + t}H${x}z`}
                  />
                );
              })}
            </g>
          );
        })}
      </svg>
      <ol>
        {steps.map((step) => (
          <li key={step.kind} class={`step step-${step.kind}`}>
            <div class="kept-back">
              {step.left.map(({ outcome, rows }) => (
                <span key={outcome} class={`kept-${outcome}`}>
                  <b>{count(rows)}</b> {outcome} <span class="quiet">{percent(rows, all)}</span>
                </span>
              ))}
            </div>
            <p class="role">
              {STEP[step.kind]} <span class="sr">: {count(step.in)} rows come here</span>
            </p>
            <h3 title={step.title}>{step.title}</h3>
            <p class="number">
              {count(step.kind === 'source' || step.kind === 'dataset' ? step.in : passed(step))}
              <span class="quiet">
                {' '}
                {step.kind === 'source' ? 'rows' : step.kind === 'dataset' ? 'events sent' : 'go on'}
              </span>
            </p>
            {step.lines.map((line) => (
              <p key={line} class="line" title={line}>
                {line}
              </p>
            ))}
          </li>
        ))}
      </ol>
    </div>
  );
};
