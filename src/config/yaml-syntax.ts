// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { type Document, type ErrorCode, type Range, visit, type YAMLParseError } from 'yaml';
import type { Diagnostic } from './diagnostic.ts';
import type { LineIndex } from './line-index.ts';
import { placeOfSpan, type Span } from './yaml-tree.ts';

/**
 * What the parser's error codes mean, in our words. The parser's own messages are not used: they quote the source, which may
 * be a token.
 */
const WORDS: Partial<Record<ErrorCode, readonly [message: string, hint?: string]>> = {
  ALIAS_PROPS: ['an alias cannot carry an anchor or a tag'],
  BAD_ALIAS: ['the name of an anchor or alias is missing or malformed', 'a text that starts with & or * needs quotes'],
  BAD_COLLECTION_TYPE: ['the tag does not fit what follows it'],
  BAD_DIRECTIVE: ['unknown directive', 'remove the line that starts with %'],
  BAD_DQ_ESCAPE: ['unknown escape in a double-quoted text', 'write \\\\ for a backslash, or use single quotes'],
  BAD_INDENT: ['this line is not indented as the lines around it, or a bracket before it is never closed'],
  BAD_PROP_ORDER: ['anchors and tags must come before the value'],
  BAD_SCALAR_START: ['a text cannot start with this character', 'put the text in quotes'],
  BLOCK_AS_IMPLICIT_KEY: ['": " inside a text reads as a second key', 'put the text in quotes, or begin a new line'],
  BLOCK_IN_FLOW: ['an indented block cannot stand inside [ ] or { }'],
  KEY_OVER_1024_CHARS: ['the key is longer than 1,024 characters'],
  MISSING_CHAR: [
    'a comma or a colon is missing',
    'inside [ ] or { } a text with commas or quotes must be quoted as a whole',
  ],
  MULTILINE_IMPLICIT_KEY: ['a key must stand on one line', 'is the blank after a ":" missing?'],
  MULTIPLE_ANCHORS: ['a value can have one anchor only'],
  MULTIPLE_DOCS: ['a file holds one document', 'remove the --- and put what follows it into a file of its own'],
  MULTIPLE_TAGS: ['a value can have one tag only'],
  RESOURCE_EXHAUSTION: ['values are nested too deeply'],
  TAB_AS_INDENT: ['tabs cannot indent', 'use blanks'],
  UNEXPECTED_TOKEN: ['this does not belong here', 'a text that holds quotes or brackets must be quoted as a whole'],
};

const MAX_SYNTAX_ERRORS = 20;

/** Every syntax error; of several on one line the first, as the others follow from it. */
export function syntaxDiagnostics(
  document: Document.Parsed,
  file: string,
  text: string,
  lines: LineIndex,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const complain = (span: Span, message: string, hint?: string): void => {
    const place = placeOfSpan(lines, span);
    if (found.length === MAX_SYNTAX_ERRORS || found.some(({ line }) => line === place.line)) return;
    found.push({
      file,
      ...place,
      severity: 'error',
      code: 'yaml-syntax',
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const { explicit, version } = document.directives.yaml;
  if (explicit === true && version !== '1.2') {
    complain({ start: 0, end: 1 }, `this is read as YAML 1.2, not ${version}`, 'remove the line that starts with %');
  }
  const errors = [...document.errors].sort((a, b) => a.pos[0] - b.pos[0]);
  const spansLines = new Map(errors.filter(isMultiline).map(({ pos }) => [pos[0], pos[1]]));
  for (const error of withoutConsequences(errors, spansLines, text)) {
    const span = { start: error.pos[0], end: error.pos[1] };
    const end = spansLines.get(span.start);
    const open = openBefore(document, span.start, text);
    if (open && (error.code === 'MISSING_CHAR' || error.code === 'BAD_INDENT')) {
      complain(open, `this ${text[open.start]} is never closed`);
    } else if (isReference(error, text)) complain({ start: span.start - 1, end: span.end }, ...UNQUOTED_REFERENCE);
    else if (end !== undefined && text.slice(span.start, end).includes('\n'))
      complain(lastLine(text, span.start, end), ...TOO_DEEP);
    else complain(span, ...(WORDS[error.code] ?? NOT_YAML));
  }
  return found;
}

type Words = readonly [message: string, hint?: string];

const NOT_YAML: Words = ['this is not YAML'];
const UNQUOTED_REFERENCE: Words = ['inside { } or [ ] a ${} must stand in quotes', 'write "${NAME}"'];
const TOO_DEEP: Words = [
  'this reads as part of the text that begins above it',
  'is it indented too far, or is the blank after a ":" missing?',
];

const isMultiline = (error: YAMLParseError): boolean => error.code === 'MULTILINE_IMPLICIT_KEY';

/** `{ url: ${NAME} }`: the brace opens a map inside the map. */
const isReference = ({ code, pos: [start] }: YAMLParseError, text: string): boolean =>
  code === 'UNEXPECTED_TOKEN' && text.slice(start - 1, start + 1) === '${';

/** Errors that only follow from another one are left out. */
function withoutConsequences(
  errors: readonly YAMLParseError[],
  spansLines: ReadonlyMap<number, number>,
  text: string,
): YAMLParseError[] {
  const exhausted = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (exhausted) return [exhausted];
  const references = errors.some((error) => isReference(error, text));
  const tabs = errors.filter(({ code }) => code === 'TAB_AS_INDENT').map(({ pos }) => pos[0]);
  return errors.filter((error) => {
    if (references && error.code === 'UNEXPECTED_TOKEN') return isReference(error, text);
    const end = spansLines.get(error.pos[0]) ?? 0;
    const [start] = error.pos;
    const throughTab = (tab: number): boolean => start < tab && tab < end;
    const afterTab = (tab: number): boolean => tab < start && start < end && !text.slice(tab, start).includes('\n');
    return !tabs.some((tab) => throughTab(tab) || afterTab(tab));
  });
}

/** The quote or bracket that is open at an offset and is never closed. */
function openBefore(document: Document.Parsed, offset: number, text: string): Span | undefined {
  let found: Span | undefined;
  const consider = (range: Range | null | undefined, isClosed: (last: string) => boolean): void => {
    if (!range || range[0] >= offset || offset > range[2] + 1) return;
    const last = range[1] - 1 > range[0] ? (text[range[1] - 1] ?? '') : '';
    if (!isClosed(last)) found = { start: range[0], end: range[0] + 1 };
  };
  visit(document, {
    Collection: (_key, { flow, range }) => {
      if (flow === true && '[{'.includes(text[range?.[0] ?? 0] ?? ' '))
        consider(range, (last) => last === ']' || last === '}');
    },
    Scalar: (_key, { type, range }) => {
      if (type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') consider(range, (last) => last === text[range?.[0] ?? 0]);
    },
  });
  return found;
}

/** What stands on the last line of a span. */
function lastLine(text: string, start: number, end: number): Span {
  const from = text.lastIndexOf('\n', text.slice(start, end).trimEnd().length + start - 1) + 1;
  return { start: from + (/^[ \t]*/.exec(text.slice(from))?.[0].length ?? 0), end };
}
