/** Which slices of a range are still to be read. What was finished before is left out; what was begun goes on; the rest is cut anew. */
import type { Horizon, Source, Stream } from '../../connectors/connector.ts';
import { parseDuration } from '../config/duration.ts';
import { cursorOf } from '../config/source-mode.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { NewSlice, Slice, SliceRange } from '../state/slices.ts';
import type { Fence, StateStore } from '../state/state-store.ts';
import { lookbackAmount } from './cursor-texts.ts';
import { readSpec, streamFingerprint, type Within } from './plan-stream.ts';
import { type RangeRequest, rangeOf, type Scale, scaleOf } from './slice-bounds.ts';
import { cut, type Span, stepFor, without } from './slice-grid.ts';

/** Everything again, from the first row to the horizon: the slice of `run --full`. */
export const FULL = 'full';
/** Slices of one range, about: enough to see how far it is, few enough to be listed. */
const MOST_SLICES = 64;

export type SlicePlan = {
  /** What will have been read in the end. */
  readonly range: SliceRange;
  /** In order. */
  readonly todo: readonly NewSlice[];
  /** Slices within the range that were finished before. */
  readonly finished: number;
  /** Slices that were made under another source, key, cursor or filter: they are forgotten, and their part is read again. */
  readonly outdated: number;
};

type Place = { readonly source: Source; readonly mapping: ParsedMapping };
type Known = { readonly slice: Slice; readonly span: Span };

const EMPTY: Omit<SlicePlan, 'range'> = { todo: [], finished: 0, outdated: 0 };

/** Also writes what it decided, so that a crash leaves the plan behind. @throws SourceError · FatalError `range-invalid` */
export const planSlices = async (
  { mapping, source }: Place,
  state: StateStore,
  fence: Fence,
  request: RangeRequest,
  nowSeconds: number,
): Promise<SlicePlan> => {
  const cursor = cursorOf(mapping.file);
  const stream = await source.describe(readSpec(mapping));
  const lagSeconds = parseDuration(cursor.lag);
  const horizon = await source.horizon(stream, lagSeconds, parseDuration(cursor.max_stall));
  const scale = scaleOf(stream, mapping.file.source.timezone);
  const range = rangeOf(request, { scale, horizon, lagSeconds });
  if (!range) return { ...EMPTY, range: { from: request.since, before: request.until ?? '' } };
  const fingerprint = streamFingerprint(mapping, stream);
  const slices = (await state.listSlices(mapping.name)).filter(({ name }) => name !== FULL);
  const outdated = slices.filter((slice) => slice.fingerprint !== fingerprint).map(({ name }) => name);
  if (outdated.length > 0) await state.dropSlices(fence, outdated);
  const known = slices
    .filter((slice) => slice.fingerprint === fingerprint)
    .map((slice): Known => ({ slice, span: { from: scale.read(slice.from), before: scale.read(slice.before) } }));
  const finished = known.filter(({ slice, span }) => slice.finishedAt !== undefined && overlap(span, range));
  const begun = known.filter((each) => goesOn(each, range, scale));
  const left = without(
    range,
    [...finished, ...begun].map(({ span }) => span),
  );
  const step = stepFor(range, scale.steps, MOST_SLICES);
  // Where rows may yet be committed late, a slice that was read is not done with.
  const settled = scale.end(horizon, lagSeconds) as bigint;
  const keptUpTo = settled - scale.amount(lookbackAmount(stream, cursor.lookback));
  const fresh = left
    .flatMap((span) => cut(span, step))
    .map((span) => ({ span, slice: { ...namedOf(span, scale), fingerprint, isKept: span.before <= keptUpTo } }));
  await state.addSlices(
    fence,
    fresh.map(({ slice }) => slice),
    nowSeconds,
  );
  const todo = [...begun, ...fresh].toSorted((a, b) => (a.span.from < b.span.from ? -1 : 1));
  return {
    range: textOf(range, scale),
    todo: todo.map(({ slice }) => slice),
    finished: finished.length,
    outdated: outdated.length,
  };
};

/** One slice without ends. It is begun anew where it was begun under another source, key, cursor or filter. */
export const planFull = async (
  { mapping, source }: Place,
  state: StateStore,
  fence: Fence,
  nowSeconds: number,
): Promise<SlicePlan> => {
  const fingerprint = streamFingerprint(mapping, await source.describe(readSpec(mapping)));
  const known = (await state.listSlices(mapping.name)).find(({ name }) => name === FULL);
  const goesOn = known?.fingerprint === fingerprint;
  if (known && !goesOn) await state.dropSlices(fence, [FULL]);
  const slice = { name: FULL, from: '', before: '', fingerprint, isKept: false };
  if (!goesOn) await state.addSlices(fence, [slice], nowSeconds);
  return { range: { from: '', before: '' }, todo: [slice], finished: 0, outdated: known && !goesOn ? 1 : 0 };
};

const textOf = ({ from, before }: Span, scale: Scale): SliceRange => ({
  from: scale.text(from),
  before: scale.text(before),
});

const namedOf = (span: Span, scale: Scale): SliceRange & { readonly name: string } => {
  const { from, before } = textOf(span, scale);
  return { from, before, name: `${from}..${before}` };
};

const overlap = (a: Span, b: Span): boolean => a.from < b.before && b.from < a.before;

/** Begun before, and what is left of it lies within the range: a command never reads what it was not asked for. */
const goesOn = ({ slice, span }: Known, range: Span, scale: Scale): boolean => {
  if (slice.finishedAt !== undefined || span.before > range.before || !overlap(span, range)) return false;
  if (span.from >= range.from) return true;
  const at = slice.checkpoint && scale.placeOf(slice.checkpoint.cursor);
  return at !== undefined && at >= range.from;
};

/** The slice as the source's cursor text. The horizon may lie before its end, if a clock was set back. */
export const withinSlice =
  ({ mapping, source }: Place, { from, before }: SliceRange) =>
  async (stream: Stream, horizon: Horizon): Promise<Within> => {
    const scale = scaleOf(stream, mapping.file.source.timezone);
    const end = scale.horizon(horizon);
    const isBeyond = end !== undefined && scale.read(before) > end;
    return {
      from: await scale.lower(source, scale.read(from)),
      before: isBeyond ? undefined : await scale.upper(source, scale.read(before)),
    };
  };

/** A range for `preview` and dry runs: the same words, no slices. @param option how `since` is called there */
export const withinRange =
  ({ mapping, source }: Place, request: RangeRequest, option?: string) =>
  async (stream: Stream, horizon: Horizon): Promise<Within> => {
    const scale = scaleOf(stream, mapping.file.source.timezone);
    const lagSeconds = parseDuration(cursorOf(mapping.file).lag);
    const range = rangeOf(request, { scale, horizon, lagSeconds, option });
    if (!range) return { from: horizon.before, before: horizon.before }; // nothing of it may be read yet
    return withinSlice({ mapping, source }, textOf(range, scale))(stream, horizon);
  };

/** Everything, up to the horizon. */
export const withinAll = async (): Promise<Within> => ({ from: undefined, before: undefined });
