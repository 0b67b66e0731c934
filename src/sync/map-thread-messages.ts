/** What goes between a sync and the threads that read and map its pages: plain data, and the blocks of events moved, not copied. */
import type { Column, ReadRange, SourceErrorCode, Stream } from '../../connectors/connector.ts';
import type { MappingFile } from '../config/mapping-schema.ts';
import type { PageMapped, PageRead } from './page-mapper.ts';

/** All that a thread needs to open the source and to bind the mapping once more. */
export type MapThreadData = {
  readonly connector: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly baseDir: string;
  readonly mapping: MappingFile;
  readonly stream: Stream;
  readonly columns: readonly Column[];
  readonly datasetId: string;
};

/** A source's error keeps its words; of any other only the kind crosses: its text may hold what a row holds. */
export type ThreadError =
  | { readonly code: SourceErrorCode; readonly message: string; readonly hint: string | undefined }
  | { readonly name: string };

export type MapCall =
  | { readonly map: ReadRange; readonly id: number }
  | { readonly giveBack: readonly Uint8Array<ArrayBuffer>[] }
  | { readonly close: true };

export type MapAnswer =
  | { readonly id: number; readonly read: PageRead | undefined }
  | { readonly id: number; readonly mapped: PageMapped | undefined }
  | { readonly id: number; readonly error: ThreadError };
