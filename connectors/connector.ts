/**
 * What a connector is: the only code that knows a source system. One folder each, named in `connectors/index.ts`.
 *
 * A connector imports its own driver, `connectors/sql/` and this file, nothing else of ours. What `check` and `init` are told is in `inspection.ts`.
 * It never logs, never retries (but for what a web API throttles or drops of a request that only reads) and never holds a row longer than it takes to put it in order.
 */
import type { TSchema } from 'typebox';
import type { Inspector, TableFacts } from './inspection.ts';

export type { Advice, IndexFacts, Inspector, RelationFacts, ServerFacts, TableFacts } from './inspection.ts';

/**
 * One value of a row as the source gave it. Servers give text only (the database's exact text), or null.
 * SQLite also gives integers (bigint), reals (number) and blobs (Uint8Array), because its columns are typed by value.
 */
export type Cell = string | number | bigint | boolean | Uint8Array | null;

/** One source row: the cells in the order of the columns asked for. Never logged, never stored. */
export type Row = readonly Cell[];

/**
 * How the text of a column is to be read by an expression. `text` also covers uuid, enum, time of day and whatever is not listed.
 * - `timestamptz`: an instant, rendered in UTC. `timestamp`: date and time without a zone. `date`: a day.
 * - `unknown`: the source does not tell (an SQLite expression column): the cell's own JavaScript type decides.
 */
export type ColumnKind =
  | 'text'
  | 'integer'
  | 'decimal'
  | 'float'
  | 'boolean'
  | 'timestamptz'
  | 'timestamp'
  | 'date'
  | 'json'
  | 'bytes'
  | 'unknown';

export type Column = {
  readonly name: string;
  readonly kind: ColumnKind;
  /** The source's own name of the type, as it can be written in a cast: `timestamp(6) with time zone`, `numeric(10,2)`. */
  readonly type: string;
  /** False only where the catalogue guarantees it; true where unknown. */
  readonly nullable: boolean;
};

/** A place in a stream's total order: the source's own text of the cursor and of each primary key column. Never a Date or a number. */
export type Position = { readonly cursor: string; readonly key: readonly string[] };

/** What to read, as the mapping says it; checked against the catalogue by `describe`. */
export type ReadSpec = {
  /** `table` (optionally `schema.table`) or `query`, exactly one. */
  readonly table?: string;
  readonly query?: string;
  /** A condition in the source's own language, put in parentheses. */
  readonly where?: string;
  readonly primaryKey: readonly string[];
  readonly cursor: string;
  /**
   * No column need grow: the cursor is the first column of the key, of whatever type a key may be, and rows are only ever read from one
   * position to the next. Nothing is asked about a time or an end.
   */
  readonly byKey?: boolean;
  /** IANA zone of timestamps that carry none; undefined: such a cursor is an error. */
  readonly timezone?: string;
  readonly onNull: 'error' | 'skip';
  /** Columns that the mapping uses, where they are known. A system with more of them than can be listed (fields of related records) looks these up too. */
  readonly wants?: readonly string[];
};

/** A described read: what is needed to page through it. Opaque beyond these fields; a connector may keep more in it. */
export type Stream = {
  /** Every column that can be mapped, in the source's order. */
  readonly columns: readonly Column[];
  readonly spec: ReadSpec;
  readonly cursorColumn: Column;
  /** `time`: durations (lag, lookback, start) apply. `number`: an increasing integer or decimal; lookback is a plain number. */
  readonly cursorUnit: 'time' | 'number';
};

/** The end of what may be read now, by the source's own clock. */
export type Horizon = {
  /** Exclusive upper bound of the cursor, in cursor text. Undefined when the stream has no rows (number cursors). */
  readonly before: string | undefined;
  /** The source's clock as ISO 8601 UTC text, e.g. `2026-11-20T10:00:00.123456Z`. */
  readonly now: string;
  /**
   * What keeps late commits out. `transactions`: the bound also stays behind the oldest open transaction. `lag`: nothing
   * but the lag, so `lookback` has to cover them. `single-writer`: the source has one writer at a time, whose rows come in order.
   */
  readonly guard?: 'transactions' | 'lag' | 'single-writer';
  /** Seconds since the oldest open transaction began that may yet write. Undefined: none, or none to be seen. */
  readonly openFor?: number | undefined;
  /** That transaction is older than `maxStallSeconds`: reading went on, and what it commits is left to the lookback. */
  readonly isStalled?: boolean;
  /** The source is a copy that follows another server, and shows what was committed there up to so many seconds ago. Undefined: it is none. */
  readonly behind?: number | undefined;
  /** Rows beyond the source's clock, which wait; counted to `FUTURE_ROWS_COUNTED` at the most. Undefined: the cursor is no time. */
  readonly future?: number | undefined;
};

/** `Horizon.future` goes no further: this many means at least this many. */
export const FUTURE_ROWS_COUNTED = 1_000;

/** One bounded read in `(cursor, primary key)` order. Every bound is cursor text of the source. */
export type ReadRange = {
  /** Cells wanted, by column name; rows come back in this order. */
  readonly columns: readonly string[];
  /** Rows strictly after this position. */
  readonly after?: Position;
  /** Rows whose cursor is at or above this text. Not together with `after`. */
  readonly from?: string;
  /** Rows at or before this position (used to read the lookback window again). Not together with `before`. */
  readonly upTo?: Position;
  /** Rows whose cursor is strictly below this text. */
  readonly before?: string;
  /** Rows per page, 1 to 50,000. */
  readonly pageSize: number;
};

/** The bounds of a range alone. */
export type Bounds = Pick<ReadRange, 'after' | 'from' | 'upTo' | 'before'>;

/** Rows in order, never empty. `end` is the position of the last row. */
export type Page = { readonly rows: readonly Row[]; readonly end: Position };

/**
 * An open source. Reads are read-only, in UTC sessions, by keyset pages: no long-lived cursor, no OFFSET.
 * Every method throws `SourceError` and nothing else. No error text holds a value of a row.
 */
export type Source = {
  /**
   * A range is one query whose result stays open while its pages are taken, because a query a page would be slow or dear here. The reader goes
   * on with one iteration instead of asking anew after each page; aborting its signal gives up a query that is still working.
   */
  readonly streams?: boolean;
  /** Looks the read up in the catalogue. Fails on an unknown table or column, a float or zone-less cursor, a NULL cursor where `onNull` is `error`. */
  describe(spec: ReadSpec): Promise<Stream>;
  /**
   * The upper bound of a run: the source's clock less `lagSeconds` (time cursors), or the largest value now plus one (number cursors).
   * `maxStallSeconds`: so long it stays behind an open transaction, where they can be seen; left out or 0: they are not looked at.
   */
  horizon(stream: Stream, lagSeconds: number, maxStallSeconds?: number): Promise<Horizon>;
  /** Cursor text that lies `amount` before `cursor`: seconds for time cursors, units for number cursors. */
  shiftBack(stream: Stream, cursor: string, amount: number): Promise<string>;
  /** Cursor text of an instant given as ISO 8601 UTC text. Time cursors only. */
  cursorAt(stream: Stream, instant: string): Promise<string>;
  /**
   * Pages of the range, in order; each is full but the last. One query a page, or one for all (`streams`); stops between pages when `signal`
   * is aborted. Fails with `key-not-unique` before it gives a page that holds two rows of one position, or ends between two.
   */
  readPages(stream: Stream, range: ReadRange, signal: AbortSignal): AsyncIterable<Page>;
  /**
   * The rows with these primary keys that the spec's `where` lets through, in no particular order; a key without a row is left out.
   * A key is the text of each key column, in the order of the spec. To tell the rows apart, ask for the key columns too.
   * `within` keeps only the rows of a range.
   */
  readKeys(
    stream: Stream,
    columns: readonly string[],
    keys: readonly (readonly string[])[],
    within?: Bounds,
  ): Promise<readonly Row[]>;
  /** How many rows a range holds, for the progress bar. May estimate; undefined when it would be costly. */
  countRows(stream: Stream, range: Pick<ReadRange, 'after' | 'from' | 'before'>): Promise<number | undefined>;
  /** How many rows there are, counted; no further than `most` + 1. */
  countUpTo(stream: Stream, most: number): Promise<number>;
  /** What `check` asks: about the server, and about what a described stream reads. Bounded, read-only. */
  readonly inspect?: Inspector;
  /** Every table and view that this user can see, for `init`. */
  tables?(): Promise<readonly TableFacts[]>;
  close(): Promise<void>;
};

/** What `init --from URL` makes of a URL: the connection's options, and those of them that belong into the environment. */
export type UrlConnection = {
  /** Written into config.yaml; a comment may stand behind. */
  readonly options: Readonly<
    Record<
      string,
      {
        readonly value: string | number | boolean;
        readonly comment?: string /** A path, as the shell gives it. */;
        readonly isPath?: boolean;
      }
    >
  >;
  /** Option → value; written into `.env`, and into config.yaml as a reference. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The same secrets as an example: no user, password or host of anybody. */
  readonly examples: Readonly<Record<string, string>>;
  /** What the connection may be named after: the database's name. */
  readonly name: string;
};

/** What a folder of `connectors/` exports. `options` is the JSON Schema of a connection, beside `connector`. */
export type Connector = {
  readonly name: string;
  readonly title: string;
  readonly options: TSchema;
  /** The npm package of the client, where it is not brought along, and the versions that were tried, as npm takes them. */
  readonly driver?: { readonly name: string; readonly versions: string };
  /** `pages`: a short query a page, which an index has to serve. `stream`: one query a range. */
  readonly reads: 'pages' | 'stream';
  /** What keeps late commits out, at best; see `Horizon.guard`. */
  readonly guard: NonNullable<Horizon['guard']>;
  /** What its tests ran on: the real thing, or a stand-in that speaks the vendor's protocol to the vendor's client. Nobody is to be misled. */
  readonly proven: { readonly on: 'real' | 'stand-in'; readonly what: string };
  /** Undefined: `init --from` does not know it. */
  readonly fromUrl?: {
    /** Without the colon. */
    readonly schemes: readonly string[];
    readonly example: string;
    /** Undefined: not a URL of this kind. Its parts are in no message: it may hold a password. */
    readonly read: (url: string) => UrlConnection | undefined;
    /** How a name is quoted in the queries that `init` writes; undefined: it writes none. */
    readonly quote?: (name: string) => string;
    /** Columns have no reliable types: their names are to be believed. */
    readonly isLoose?: boolean;
  };
  /** `baseDir` resolves relative file names. Does not wait for a connection; the first query does. */
  open(options: Record<string, unknown>, context: { readonly baseDir: string }): Promise<Source>;
};

/**
 * Stable codes of what can go wrong at a source.
 * `unreachable` and `interrupted` are worth another try; the rest needs the author or the operator.
 */
export type SourceErrorCode =
  | 'source-unreachable'
  | 'source-interrupted'
  | 'source-login-failed'
  | 'source-permission'
  | 'source-driver-missing'
  | 'source-tls'
  | 'source-limit'
  | 'unknown-table'
  | 'unknown-column'
  | 'source-query-failed'
  | 'key-not-unique'
  | 'cursor-null'
  | 'cursor-type'
  | 'cursor-format'
  | 'cursor-timezone';

/** The one error a source throws. `message` names tables and columns, never values; `cause` keeps the driver's error for a debugger, never for a log. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: SourceErrorCode;
  readonly hint: string | undefined;
  constructor(code: SourceErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
