/** One mapping: is it healthy, what it does, what went in and out, what its events carried, and what could not be sent. */
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Detail as Data, Range } from '../../read-models/page-data.ts';
import { Ages } from './ages.tsx';
import { Coverage } from './coverage.tsx';
import { Flow } from './flow.tsx';
import { ago, clock, count, plural } from './format.ts';
import { Freshness } from './freshness.tsx';
import { Actions, Progress } from './health.tsx';
import { HourPlot } from './hour-plot.tsx';
import { LevelIcon } from './icons.tsx';
import { Letters } from './letters.tsx';
import { NextRun } from './overview.tsx';
import { RunTable } from './run-table.tsx';
import { linkTo, type PageState, RANGE_NAMES, type Store } from './store.ts';
import { Strip } from './strip.tsx';

const RANGE_TEXT: Readonly<Record<Range, string>> = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' };

const Panel = ({
  title,
  note,
  wide,
  children,
}: {
  title: string;
  note?: string;
  wide?: boolean;
  children: ComponentChildren;
}) => (
  <section class={wide ? 'panel wide' : 'panel'} aria-label={title}>
    <h2>
      {title} {note !== undefined && <span class="quiet">{note}</span>}
    </h2>
    {children}
  </section>
);

const Ranges = ({ name, range }: { name: string; range: Range }) => (
  <nav class="ranges" aria-label="Time range">
    {RANGE_NAMES.map((each) => (
      <a key={each} href={linkTo(name, each)} aria-current={each === range ? 'true' : undefined}>
        {each.replace(/(\d+)/, '$1 ')}
      </a>
    ))}
  </nav>
);

const InDoubt = ({ data, now }: { data: Data; now: number }) => {
  const { underWay, inDoubt, batches, since } = data.open;
  if (inDoubt === 0)
    return (
      <p class="empty">
        None
        {underWay > 0
          ? `; ${plural(underWay, 'event is', 'events are')} on the way and not answered yet`
          : ': every batch has its answer'}
        .
      </p>
    );
  return (
    <>
      <p class="lead">
        <b>{count(inDoubt)}</b> {inDoubt === 1 ? 'event' : 'events'} in {plural(batches, 'batch', 'batches')}
        {since !== undefined && `, the oldest sent ${ago(since, now)}`}
      </p>
      <p>
        They were sent and the process ended before the answer was recorded.{' '}
        {data.onUnknown === 'hold' ? (
          <>
            This mapping holds them back: look into Events Manager, then{' '}
            <code>capi-sync in-doubt resend {data.name}</code> or <code>capi-sync in-doubt confirm {data.name}</code>.
          </>
        ) : (
          'The next run sends them again, with the same ids and the same bytes, and counts them.'
        )}
      </p>
    </>
  );
};

export const Detail = ({ data, state, store }: { data: Data; state: PageState; store: Store }) => {
  const { now, live, busy, overview } = state;
  const canAct = overview?.actions ?? false;
  const { name, health, range, hours, flow, ages, coverage, history } = data;
  const charts = useMemo(
    () => (
      <>
        <Panel title="Flow" note={`last ${RANGE_TEXT[range]}`} wide>
          <Flow steps={flow} />
        </Panel>
        <Panel title="Rows in and out" note={`last ${RANGE_TEXT[range]}`} wide>
          <HourPlot hours={hours} title={`last ${RANGE_TEXT[range]}`} />
        </Panel>
      </>
    ),
    [range, hours, flow],
  );
  return (
    <article class="detail">
      <nav class="back" aria-label="Way back">
        <a href="#/">← All mappings</a>
      </nav>
      <header class="title">
        <div>
          <h1 tabIndex={-1}>{name}</h1>
          {data.description !== undefined && <p class="about">{data.description}</p>}
        </div>
        <Actions mapping={data} store={store} canAct={canAct} busy={busy} all />
      </header>
      <section class={`verdict verdict-${health.level}`} aria-label="Health">
        <LevelIcon level={health.level} />
        <div>
          <p class="why">
            <b>{health.label}.</b> {health.why}
          </p>
          {health.todo !== undefined && <p class="todo">{health.todo}</p>}
        </div>
      </section>
      <div class="facts">
        <section aria-label="Freshness">
          <h2>Last sync</h2>
          <Freshness mapping={data} now={now} large />
        </section>
        <section aria-label="Next run">
          <h2>Next run</h2>
          <p class="big">
            <NextRun mapping={data} now={now} />
          </p>
          {data.schedule !== undefined && (
            <p class="note">
              <code>{data.schedule.cron}</code> {data.schedule.timezone}
            </p>
          )}
          <Progress mapping={data} live={live} />
        </section>
        <section aria-label="Last runs">
          <h2>Last runs</h2>
          <Strip runs={data.runs} now={now} />
          {data.stands && (
            <p class="note">
              Checkpoint {data.stands.cursor === undefined ? '' : <code>{data.stands.cursor}</code>} moved{' '}
              {clock(data.stands.movedAt, now)}
            </p>
          )}
        </section>
      </div>
      <Ranges name={name} range={range} />
      <div class="panels">
        {charts}
        <div class="column">
          <Panel title="Age of events" note="when Meta acknowledged them">
            {ages ? <Ages ages={ages} /> : <p class="empty">No event was acknowledged in this time.</p>}
          </Panel>
          <Panel title="In doubt">
            <InDoubt data={data} now={now} />
          </Panel>
        </div>
        <Panel title="Match keys" {...(coverage ? { note: `of ${count(coverage.events)} events` } : {})}>
          {coverage ? <Coverage coverage={coverage} /> : <p class="empty">No event was made in this time.</p>}
        </Panel>
        <Panel title="Dead letters" note={data.deadLetters > 0 ? count(data.deadLetters) : ''} wide>
          <Letters mapping={data} store={store} canAct={canAct} busy={busy} />
        </Panel>
        <Panel title="Runs" note={`the last ${history.length}`} wide>
          <RunTable runs={history} now={now} />
        </Panel>
      </div>
    </article>
  );
};
