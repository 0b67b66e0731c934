import type { Diagnostic } from './diagnostic.ts';
import type { MappingFile } from './mapping-schema.ts';
import {
  type Finding,
  nodeAt,
  type Path,
  type PlaceSpan,
  placeOf,
  placeOfSpan,
  valueAt,
  type YamlTree,
} from './yaml-tree.ts';

/** A mapping that passed the checks of this folder, and where its parts stand. */
export type LoadedMapping = {
  /** As diagnostics name it: relative to the working directory. */
  readonly file: string;
  readonly mapping: MappingFile;
  /** Where a path stands, e.g. `['event', 'user_data', 'em', 0]`; the nearest key around it when it is not in the file. */
  readonly at: (path: Path, which?: 'key' | 'value') => PlaceSpan;
  /** The place of `length` characters at an offset into the text at a path; of the whole value where that cannot be told. */
  readonly within: (path: Path, offset: number, length?: number) => PlaceSpan;
};

export function loadedMapping(tree: YamlTree): LoadedMapping {
  return {
    file: tree.file,
    mapping: tree.data as MappingFile,
    at: (path, which) => placeOf(tree, path, which),
    within: (path, offset, length = 1) => placeWithin(tree, path, offset, length),
  };
}

/** A diagnostic at a path of a mapping; with `offset` (and `length`), at that part of the text there. */
export function diagnosticAt(
  loaded: LoadedMapping,
  path: Path,
  finding: Finding & { readonly offset?: number | undefined; readonly length?: number | undefined },
): Diagnostic {
  const { code, message, hint, severity = 'error', which, offset, length, instead } = finding;
  const place = offset === undefined ? loaded.at(path, which) : loaded.within(path, offset, length);
  return {
    file: loaded.file,
    ...place,
    severity,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(instead === undefined ? {} : { instead }),
  };
}

function placeWithin(tree: YamlTree, path: Path, offset: number, length: number): PlaceSpan {
  const node = nodeAt(tree, path);
  const value = valueAt(tree, path);
  const whole = placeOf(tree, path);
  if (!node || typeof value !== 'string' || node.substituted !== undefined) return whole;
  const raw = tree.text.slice(node.value.start, node.value.end);
  const start = raw.startsWith('|') ? offsetInBlock(raw, value, offset) : offsetInLine(raw, value, offset);
  if (start === undefined) return whole;
  const from = node.value.start + start;
  return placeOfSpan(tree.lines, { start: from, end: from + Math.max(1, length) });
}

/** Plain, or quoted without escapes: the text stands in the file as it is. */
function offsetInLine(raw: string, value: string, offset: number): number | undefined {
  const quotes = raw.startsWith('"') || raw.startsWith("'") ? 1 : 0;
  return raw.slice(quotes, raw.length - quotes) === value ? quotes + offset : undefined;
}

/** A literal block: the same lines, indented. */
function offsetInBlock(raw: string, value: string, offset: number): number | undefined {
  const rows = raw.split('\n');
  const before = value.slice(0, offset).split('\n');
  const row = before.length;
  const content = value.split('\n')[row - 1];
  const line = rows[row]?.replace(/\r$/, '');
  if (content === undefined || line === undefined || !line.endsWith(content)) return undefined;
  const start = rows.slice(0, row).reduce((sum, each) => sum + each.length + 1, 0);
  return start + (line.length - content.length) + (before.at(-1)?.length ?? 0);
}
