/** All mappings on one page: what needs a person first, with its reason; what is healthy below, in one line each. */
import { useMemo } from 'preact/hooks';
import type { Overview as Data, MappingSummary } from '../../read-models/page-data.ts';
import { clock, compact, count, plural, until } from './format.ts';
import { Freshness } from './freshness.tsx';
import { Actions, Label, Progress } from './health.tsx';
import { HourPlot } from './hour-plot.tsx';
import { linkTo, type PageState, type Store } from './store.ts';
import { Strip } from './strip.tsx';

export const NextRun = ({ mapping, now }: { mapping: MappingSummary; now: number }) => {
  const { pausedSince, schedule, nextAt } = mapping;
  if (pausedSince !== undefined) return <span>paused</span>;
  if (schedule === undefined) return <span class="quiet">on request</span>;
  if (nextAt === undefined) return <span class="quiet">{schedule.cron}</span>;
  return (
    <span title={`${schedule.cron} ${schedule.timezone}`}>
      {until(nextAt, now)} <span class="quiet">{clock(nextAt, now)}</span>
    </span>
  );
};

type RowProps = {
  readonly mapping: MappingSummary;
  readonly state: PageState;
  readonly store: Store;
  readonly canAct: boolean;
};

const Row = ({ mapping, state, store, canAct }: RowProps) => {
  const { name, health, runs, day, deadLetters, inDoubt } = mapping;
  const { now, live, busy } = state;
  // The strip changes with the runs and with nothing else.
  const strip = useMemo(() => <Strip runs={runs} now={now} />, [runs]);
  const needs = health.level === 'bad' || health.level === 'warn';
  return (
    <li class={`row row-${health.level}${needs ? ' needs' : ''}`}>
      <div class="who">
        <h3>
          <a href={linkTo(name)}>{name}</a>
        </h3>
        <Label mapping={mapping} />
      </div>
      {needs && (
        <div class="why">
          <p>{health.why}</p>
          {health.todo !== undefined && <p class="todo">{health.todo}</p>}
          <Actions mapping={mapping} store={store} canAct={canAct} busy={busy} />
        </div>
      )}
      <dl>
        <div class="d-fresh">
          <dt>freshness</dt>
          <dd>
            <Freshness mapping={mapping} now={now} />
          </dd>
        </div>
        <div class="d-next">
          <dt>next run</dt>
          <dd>
            {mapping.running || live[name] || mapping.elsewhere || mapping.queued ? (
              <Progress mapping={mapping} live={live} />
            ) : (
              <NextRun mapping={mapping} now={now} />
            )}
          </dd>
        </div>
        <div class="d-strip">
          <dt>last runs</dt>
          <dd>{strip}</dd>
        </div>
        <div class="d-rows n">
          <dt>24 h</dt>
          <dd title={`${count(day.read)} rows read, ${count(day.sent)} sent`}>
            {compact(day.read)}
            <span class="arrow" aria-hidden="true">
              →
            </span>
            <span class="sr"> read, sent </span>
            {compact(day.sent)}
          </dd>
        </div>
        <div class={deadLetters === 0 ? 'd-dead n none' : 'd-dead n'}>
          <dt>dead letters</dt>
          <dd>{deadLetters === 0 ? <span class="quiet">0</span> : count(deadLetters)}</dd>
        </div>
        <div class={inDoubt === 0 ? 'd-doubt n none' : 'd-doubt n'}>
          <dt>in doubt</dt>
          <dd>{inDoubt === 0 ? <span class="quiet">0</span> : count(inDoubt)}</dd>
        </div>
      </dl>
    </li>
  );
};

/** The answer to the question of the morning. */
export const headline = ({ mappings }: Data): string => {
  const at = (level: string): number => mappings.filter(({ health }) => health.level === level).length;
  const [bad, warn] = [at('bad'), at('warn')];
  if (mappings.length === 0) return 'There are no mappings yet';
  if (bad + warn === 0)
    return mappings.length === 1 ? 'The mapping is healthy' : `All ${mappings.length} mappings are in order`;
  const parts = [
    bad > 0 && `${plural(bad, 'mapping is', 'mappings are')} failing or late`,
    warn > 0 && `${bad > 0 ? count(warn) : plural(warn, 'mapping')} ${warn === 1 ? 'needs' : 'need'} a look`,
  ];
  return parts.filter(Boolean).join(', ');
};

export const Overview = ({ data, state, store }: { data: Data; state: PageState; store: Store }) => {
  const sum = (of: (mapping: MappingSummary) => number): number =>
    data.mappings.reduce((total, mapping) => total + of(mapping), 0);
  const running = data.mappings.filter(
    ({ name, running: run, elsewhere }) => run || elsewhere || state.live[name],
  ).length;
  const plot = useMemo(
    () => <HourPlot hours={data.hours} title="all mappings, last 48 hours" height="low" />,
    [data.hours],
  );
  const groups = [
    {
      title: 'Needs attention',
      rows: data.mappings.filter(({ health }) => health.level === 'bad' || health.level === 'warn'),
    },
    { title: 'Not running', rows: data.mappings.filter(({ health }) => health.level === 'off') },
    { title: 'Healthy', rows: data.mappings.filter(({ health }) => health.level === 'ok') },
  ];
  return (
    <>
      <section class="top" aria-label="In short">
        <div>
          <h1 tabIndex={-1}>{headline(data)}</h1>
          <dl class="figures">
            <div>
              <dt>sent in 24 h</dt>
              <dd>{compact(sum(({ day }) => day.sent))}</dd>
            </div>
            <div>
              <dt>running now</dt>
              <dd>{count(running)}</dd>
            </div>
            <div>
              <dt>dead letters</dt>
              <dd>{compact(sum(({ deadLetters }) => deadLetters))}</dd>
            </div>
            <div>
              <dt>in doubt</dt>
              <dd>{compact(sum(({ inDoubt }) => inDoubt))}</dd>
            </div>
          </dl>
        </div>
        {plot}
      </section>
      {groups
        .filter(({ rows }) => rows.length > 0)
        .map(({ title, rows }) => (
          <section key={title} class="group" aria-labelledby={`group-${rows[0]?.health.level}`}>
            <h2 id={`group-${rows[0]?.health.level}`}>
              {title} <span class="quiet">{rows.length}</span>
            </h2>
            <ul class="rows">
              {rows.map((mapping) => (
                <Row key={mapping.name} mapping={mapping} state={state} store={store} canAct={data.actions} />
              ))}
            </ul>
          </section>
        ))}
    </>
  );
};
