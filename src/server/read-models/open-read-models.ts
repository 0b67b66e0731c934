/** What the page shows, put together from the scheduler's view and a handful of statements on state, whose number does not grow with the history. */

import type { RunRecord } from '../../state/state-store.ts';
import type { MappingView, PageTools } from '../seams.ts';
import { agesView, coverageView } from './coverage-view.ts';
import type { LetterSum } from './letter-groups.ts';
import { letterGroups } from './letter-groups.ts';
import { mappingFlow } from './mapping-flow.ts';
import { type Detail, LEVELS, type Overview, RANGES, type Range, type RunHour, type RunRow } from './page-data.ts';
import { rememberBriefly } from './remember-briefly.ts';
import { safeCursor } from './safe-text.ts';
import { type MappingFacts, NO_TOTALS, runCell, seconds, summariseMapping } from './summarise-mapping.ts';

/** Runs in a strip of the overview, and in the table of a mapping. */
const STRIP = 24;
const HISTORY = 60;
const OVERVIEW_HOURS = 48;
/** So long an answer of state is good for everybody who looks. */
const FRESH_MS = 1_000;

export type ReadModels = {
  readonly overview: () => Promise<Overview>;
  /** Undefined: there is no such mapping. */
  readonly detail: (name: string, range: Range) => Promise<Detail | undefined>;
};

type Tools = Pick<PageTools, 'view' | 'state' | 'events' | 'now' | 'hasToken'>;

/** Every hour from the first to the last, also those in which no run ended. */
const everyHour = (hours: readonly RunHour[], first: number, last: number): RunHour[] => {
  const byHour = new Map(hours.map((each) => [each.hour, each]));
  return Array.from({ length: last - first + 1 }, (_, n) => byHour.get(first + n) ?? { hour: first + n, ...NO_TOTALS });
};

const by = <T extends { readonly mapping: string }>(rows: readonly T[]): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.mapping);
    if (group) group.push(row);
    else groups.set(row.mapping, [row]);
  }
  return groups;
};

export const openReadModels = ({ view, state, events, now, hasToken }: Tools): ReadModels => {
  const { remember, forget } = rememberBriefly(FRESH_MS, now);
  // Whoever is told that something changed gets to see it.
  events.subscribe(({ type }) => {
    if (type !== 'progress') forget();
  });
  const hourNow = (): number => Math.floor(now() / 3_600_000);

  const factsOfAll = () =>
    remember('all', async () => {
      const since = hourNow() - 23;
      const [known, runs, days, letters, open] = await Promise.all([
        state.listMappings(),
        state.recentRuns(STRIP),
        state.sumRuns(since),
        state.summariseDeadLetters(undefined),
        state.listOpenEvents(),
      ]);
      return {
        known: by(known),
        runs: by<RunRecord>(runs),
        days: by(days),
        letters: by<LetterSum>(letters),
        open: by(open),
      };
    });
  type Facts = Awaited<ReturnType<typeof factsOfAll>>;

  const factsOf = ({ known, runs, days, letters, open }: Facts, name: string): MappingFacts => {
    const { mapping: _, ...day } = days.get(name)?.[0] ?? { mapping: name, ...NO_TOTALS };
    return {
      known: known.get(name)?.[0],
      runs: runs.get(name) ?? [],
      day,
      letters: letters.get(name) ?? [],
      open: open.get(name)?.[0],
    };
  };

  const overview = async (): Promise<Overview> => {
    const last = hourNow();
    const [facts, hours] = await Promise.all([
      factsOfAll(),
      remember(`hours ${last}`, () => state.listRunHours(undefined, last - OVERVIEW_HOURS + 1)),
    ]);
    const time = seconds(now());
    const all = view.mappings().map((mapping) => summariseMapping(mapping, factsOf(facts, mapping.name), time));
    const { generation, loadedAt, problem } = view.config();
    return {
      version: view.version,
      startedAt: seconds(view.startedAt),
      stopping: view.stopping(),
      actions: hasToken(),
      config: {
        generation,
        loadedAt: seconds(loadedAt),
        problem: problem && { at: seconds(problem.at), count: problem.count, problems: problem.problems },
      },
      mappings: all
        .sort(
          (a, b) =>
            LEVELS.indexOf(a.summary.health.level) - LEVELS.indexOf(b.summary.health.level) ||
            a.rank - b.rank ||
            a.summary.name.localeCompare(b.summary.name),
        )
        .map(({ summary }) => summary),
      hours: everyHour(hours, last - OVERVIEW_HOURS + 1, last),
    };
  };

  const read = (name: string, since: number) =>
    Promise.all([
      state.listRunHours(name, since),
      state.sumRunDetails(name, since),
      state.recentRuns(HISTORY, name),
      state.listCheckpoints(),
    ]);

  const detailOf = async (mapping: MappingView, range: Range): Promise<Detail> => {
    const { name, definition, destination } = mapping;
    const last = hourNow();
    const first = last - RANGES[range] + 1;
    const [all, [hours, details, runs, checkpoints]] = await Promise.all([
      factsOfAll(),
      remember(`${name} ${first}`, () => read(name, first)),
    ]);
    const facts = factsOf(all, name);
    const { summary } = summariseMapping(mapping, facts, seconds(now()));
    const shown = everyHour(hours, first, last);
    const totals = addUp(shown);
    const stands = checkpoints.find((each) => each.mapping === name);
    return {
      ...summary,
      range,
      hours: shown,
      totals,
      flow: mappingFlow(definition, destination, totals),
      ages: agesView(details.ages),
      coverage: coverageView(details.matchKeys),
      letters: letterGroups(facts.letters),
      open: {
        underWay: facts.open?.underWay ?? 0,
        inDoubt: facts.open?.inDoubt ?? 0,
        batches: facts.open?.inDoubtBatches ?? 0,
        since: facts.open?.inDoubtSince,
      },
      onUnknown: definition.file.on_unknown,
      history: runs.map(runRow),
      stands: stands && { cursor: safeCursor(stands.checkpoint.cursor), movedAt: stands.updatedAt },
    };
  };

  return {
    overview,
    detail: async (name, range) => {
      const mapping = view.mapping(name);
      return mapping && detailOf(mapping, range);
    },
  };
};

const addUp = (hours: readonly RunHour[]) =>
  Object.fromEntries(
    (Object.keys(NO_TOTALS) as (keyof typeof NO_TOTALS)[]).map((name) => [
      name,
      hours.reduce((sum, hour) => sum + hour[name], 0),
    ]),
  ) as typeof NO_TOTALS;

const runRow = (run: RunRecord): RunRow => ({
  ...runCell(run),
  duplicate: run.counts?.duplicate ?? 0,
  filtered: run.counts?.filtered ?? 0,
  expired: run.counts?.expired ?? 0,
  errorMessage: run.errorMessage,
  errorHint: run.errorHint,
});
