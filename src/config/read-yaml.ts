import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import type { Diagnostic } from './diagnostic.ts';
import { treeOfDocument } from './document-tree.ts';
import { indexLines } from './line-index.ts';
import { syntaxDiagnostics } from './yaml-syntax.ts';
import type { YamlTree } from './yaml-tree.ts';

/** A config is a few kilobytes; what is larger is a mistake, and costs time to parse. */
export const MAX_FILE_BYTES = 256 * 1024;

/** `tree` is absent when there is nothing worth checking further; `text` when the file could not be read as text. */
export type ReadYaml = {
  readonly tree?: YamlTree;
  readonly text?: string;
  readonly diagnostics: readonly Diagnostic[];
};

/** Reads one YAML file, or takes `text` for what it holds. `file` is its name in diagnostics. Never throws for what a file or its name can be. */
export async function readYamlFile(path: string, file: string, text?: string): Promise<ReadYaml> {
  if (text !== undefined) return parseYaml(text, file);
  const refuse = (code: string, message: string, hint?: string): ReadYaml => ({
    diagnostics: [
      { file, line: 1, column: 1, severity: 'error', code, message, ...(hint === undefined ? {} : { hint }) },
    ],
  });
  let bytes: Buffer;
  try {
    await using handle = await open(path, 'r');
    const facts = await handle.stat();
    if (!facts.isFile()) return refuse('not-a-file', 'this is not a regular file');
    if (facts.size > MAX_FILE_BYTES) {
      return refuse('file-too-large', `the file has ${Math.ceil(facts.size / 1024)} KiB; at most 256 KiB are read`);
    }
    bytes = await handle.readFile();
  } catch (error) {
    const cause = (error as NodeJS.ErrnoException).code;
    if (cause === 'ENOENT' || cause === 'ENOTDIR') return refuse('file-not-found', 'there is no such file');
    if (cause === 'EISDIR') return refuse('not-a-file', 'this is a directory, not a file');
    return refuse('file-unreadable', `the file cannot be read (${cause ?? 'unknown reason'})`, 'check its permissions');
  }
  if (!isUtf8(bytes) || bytes.includes(0)) {
    const valid = validPrefix(bytes);
    const { line, column } = indexLines(valid).placeOf(valid.length);
    const message = 'the file is not UTF-8 text';
    const hint = 'save it as UTF-8';
    return { diagnostics: [{ file, line, column, severity: 'error', code: 'not-utf8', message, hint }] };
  }
  return parseYaml(bytes.toString('utf8'), file);
}

/**
 * Text to data with positions: YAML 1.2, core schema, no merge keys, no custom tags. A byte order mark is dropped and does not
 * count as a column. With a syntax error there is no tree; other findings (duplicate keys, ...) leave one.
 */
export function parseYaml(source: string, file: string): ReadYaml {
  const text = source.startsWith('\ufeff') ? source.slice(1) : source;
  const lines = indexLines(text);
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false, // quadratic in the parser; found while the tree is made
    prettyErrors: false,
    keepSourceTokens: true,
    lineCounter: new LineCounter(),
    logLevel: 'error',
  });
  const syntax = syntaxDiagnostics(document, file, text, lines);
  if (syntax.length > 0) return { text, diagnostics: syntax };
  if (document.contents === null) {
    const message = 'the file is empty';
    return { text, diagnostics: [{ file, line: 1, column: 1, severity: 'error', code: 'empty-file', message }] };
  }
  const { tree, diagnostics } = treeOfDocument(document, { file, text, lines });
  return { ...(tree ? { tree } : {}), text, diagnostics };
}

/** The text up to the first byte that is not UTF-8 (or is NUL, which UTF-16 is full of), to tell its place. */
function validPrefix(bytes: Buffer): string {
  const nul = bytes.indexOf(0);
  let low = 0;
  let high = nul < 0 ? bytes.length : nul;
  const endsWhole = (end: number): boolean =>
    !new TextDecoder().decode(bytes.subarray(0, end), { stream: true }).includes('\ufffd');
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (endsWhole(middle)) low = middle;
    else high = middle - 1;
  }
  return new TextDecoder().decode(bytes.subarray(0, low), { stream: true });
}
