/** What a connector tells `check` and `init` about a server, a table and what lies in it. Part of the contract of `connector.ts`. */
import type { Column, ReadRange, Stream } from './connector.ts';

export type Inspector = {
  server(): Promise<ServerFacts>;
  relation(stream: Stream): Promise<RelationFacts>;
  /** Where a query is paid for and its price can be told before it is run: what reading these ranges would cost. */
  cost?(stream: Stream, ranges: readonly Omit<ReadRange, 'pageSize'>[]): Promise<readonly Advice[]>;
};

export type ServerFacts = {
  /** `PostgreSQL 17.2`. */
  readonly version: string;
  /** As whom the program is logged in; undefined where there is no login. */
  readonly user: string | undefined;
  /** `local`: loopback, a unix socket or a file. */
  readonly transport: 'local' | 'tls' | 'plain';
  /** The clock, ISO 8601 UTC. */
  readonly now: string;
  /** A copy that follows another server, or one that takes no writes. */
  readonly isReadOnly: boolean;
  /** Undefined: this kind of source has none that matter. `grant`: what to run so that they can be seen. */
  readonly transactions:
    | { readonly oldestSeconds: number | undefined }
    | { readonly missing: string; readonly grant: string }
    | undefined;
  /** Where a query is paid for: what reading costs here, and what makes it cheaper. */
  readonly costs?: readonly Advice[];
};

/** What `check` is to say in the connector's own words, because only it knows how its system works. No value of a row, no secret. */
export type Advice = {
  readonly isGood: boolean;
  /** One sentence. */
  readonly text: string;
  readonly cure?: string;
  /** SQL to paste. */
  readonly paste?: string;
};

/** Key columns in order; undefined for an expression. */
export type IndexFacts = {
  readonly columns: readonly (string | undefined)[];
  readonly isUnique: boolean;
  /** The whole index covers every row, and every value in full. */
  readonly isWhole: boolean;
};

export type RelationFacts = {
  /** A table has indexes; of a view or a query nothing is known. */
  readonly isTable: boolean;
  readonly hasUniqueKey: boolean;
  readonly hasCursorIndex: boolean;
  /** Where there are no indexes: how well the table lies for reading by the cursor. Stands in the place of `hasCursorIndex` and of advice on unique indexes. */
  readonly layout?: Advice;
  /** Where a query is paid for: what the reading of this table costs. */
  readonly costs?: readonly Advice[];
  /** Rights that are more than reading, such as INSERT; undefined where they cannot be told. */
  readonly writes: readonly string[] | undefined;
  /** Up to 1,001. */
  readonly nullCursors: number;
  /** Keys that stand more than once among the `sampled` rows. Zero, without a look, where an index guards the key. */
  readonly repeatedKeys: number;
  readonly sampled: number;
  /** SQL to paste. */
  readonly cures: { readonly cursorIndex: string; readonly uniqueIndex: string; readonly privileges: string };
};

export type TableFacts = {
  /** As `source.table` takes it. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  readonly indexes: readonly IndexFacts[];
  /** A column that the system gives anew with every insert and update, in an order in which nothing comes late: the best cursor there is. */
  readonly version?: string | undefined;
};
