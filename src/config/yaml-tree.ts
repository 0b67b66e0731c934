import type { Diagnostic } from './diagnostic.ts';
import type { LineIndex } from './line-index.ts';

/** A way into a document: keys of maps and indexes of lists, from the root. */
export type Path = readonly (string | number)[];

/** Offsets in the text, end exclusive. */
export type Span = { readonly start: number; readonly end: number };

/** Where a value stands, and what the later steps must know of it. */
export type TreeNode = {
  readonly value: Span;
  /** The key of the pair whose value this is; absent for list items and the root. */
  readonly key?: Span;
  /** A scalar as it is written, before any type was made of it: `012` and not 12. */
  readonly written?: string;
  /** Set by the substitution of `${}`: the value came wholly or in part from outside the file, and must not be shown. */
  substituted?: 'whole' | 'part';
  /** The value could not be had and was reported: whatever else is wrong with it is noise. */
  broken?: boolean;
};

/** A parsed file: plain data and, beside it, the place of each value. */
export type YamlTree = {
  /** As diagnostics name it. */
  readonly file: string;
  readonly text: string;
  readonly lines: LineIndex;
  data: unknown;
  /** By JSON pointer; the root is the empty pointer. */
  readonly nodes: ReadonlyMap<string, TreeNode>;
};

export type PlaceSpan = { readonly line: number; readonly column: number; readonly endColumn: number };

/** A JSON pointer (RFC 6901), which is also how ajv names a place. */
export function pointerOf(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The value at a path, or undefined. Own properties only. */
export function valueAt(tree: YamlTree, path: Path): unknown {
  let value: unknown = tree.data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** A text at a path; undefined when there is none, or none that could be had. */
export function textAt(tree: YamlTree, path: Path): string | undefined {
  const value = valueAt(tree, path);
  return typeof value === 'string' && !isBroken(tree, path) ? value : undefined;
}

export function nodeAt(tree: YamlTree, path: Path): TreeNode | undefined {
  return tree.nodes.get(pointerOf(path));
}

export function isBroken(tree: YamlTree, path: Path): boolean {
  return nodeAt(tree, path)?.broken === true;
}

/** Line and columns of offsets; what runs over several lines ends with its first. */
export function placeOfSpan(lines: LineIndex, { start, end }: Span): PlaceSpan {
  const { line, column } = lines.placeOf(start);
  const lastOnLine = Math.max(start, Math.min(end, lines.endOfLine(start)));
  return { line, column, endColumn: column + Math.max(1, lastOnLine - start) };
}

/**
 * Where a path stands: its value, or the key of it. A path that is not in the file (a default, a missing key) gives the key of
 * the nearest thing around it; an empty value gives its key.
 */
export function placeOf(tree: YamlTree, path: Path, which: 'key' | 'value' = 'value'): PlaceSpan {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = nodeAt(tree, path.slice(0, length));
    if (!node) continue;
    const wanted = which === 'key' || length < path.length || node.value.end <= node.value.start;
    return placeOfSpan(tree.lines, (wanted ? node.key : undefined) ?? node.value);
  }
  return { line: 1, column: 1, endColumn: 2 };
}

/** What a diagnostic of a path says, beside its place. */
export type Finding = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly severity?: 'error' | 'warning' | undefined;
  readonly which?: 'key' | 'value' | undefined;
  /** As in `Diagnostic`. */
  readonly instead?: string | undefined;
};

/** A diagnostic that stands at a path. */
export function report(tree: YamlTree, path: Path, finding: Finding): Diagnostic {
  const { code, message, hint, severity = 'error', which, instead } = finding;
  const place = placeOf(tree, path, which);
  return {
    file: tree.file,
    ...place,
    severity,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(instead === undefined ? {} : { instead }),
  };
}
