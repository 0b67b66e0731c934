/** Adds a test to the text of a mapping file. Text is only put in: comments, quotes and layout of what is there stay. */
import { isDeepStrictEqual } from 'node:util';
import { parseDocument, stringify } from 'yaml';
import { parseYaml } from './read-yaml.ts';
import { nodeAt, valueAt, type YamlTree } from './yaml-tree.ts';

/** @returns the new text; undefined where the list is written in a way that text cannot be put into safely */
export const appendTest = (text: string, test: Readonly<Record<string, unknown>>): string | undefined => {
  const { tree } = parseYaml(text, 'mapping');
  if (!tree) return undefined;
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const put = insertion(tree, test);
  if (!put) return undefined;
  const { at, added, until = at } = put;
  const changed = tree.text.slice(0, at) + added + tree.text.slice(until);
  return isSound(tree, changed, test) ? mark + changed : undefined;
};

type Insertion = { readonly at: number; readonly until?: number; readonly added: string };

const insertion = (tree: YamlTree, test: Readonly<Record<string, unknown>>): Insertion | undefined => {
  const end = tree.text.includes('\r\n') ? '\r\n' : '\n';
  const tests = valueAt(tree, ['tests']);
  if (tests === undefined) {
    const gap = /\n$/.test(tree.text) ? end : end + end;
    return { at: tree.text.length, added: `${gap}tests:${end}${block(test, '  ', end)}` };
  }
  const list = nodeAt(tree, ['tests']);
  if (!Array.isArray(tests) || !list) return undefined;
  const written = tree.text.slice(list.value.start, list.value.end);
  if (written.startsWith('[')) {
    // In one line it stays; an empty list becomes one of lines.
    if (tests.length === 0)
      return { at: list.value.start, until: list.value.end, added: `${end}${block(test, '  ', end).trimEnd()}` };
    const last = nodeAt(tree, ['tests', tests.length - 1]);
    return last && { at: last.value.end, added: `, ${flow(test)}` };
  }
  const last = nodeAt(tree, ['tests', tests.length - 1]);
  if (!last) return undefined;
  const lineStart = tree.text.lastIndexOf('\n', last.value.start) + 1;
  const indent = /^([ ]*)- /.exec(tree.text.slice(lineStart, last.value.start + 2))?.[1];
  if (indent === undefined) return undefined;
  const content = tree.text.slice(0, last.value.end).trimEnd().length;
  const lineEnd = tree.text.indexOf('\n', content);
  const isLast = lineEnd < 0;
  return { at: isLast ? tree.text.length : lineEnd + 1, added: `${isLast ? end : ''}${block(test, indent, end)}` };
};

/** `- name: …` and what follows, the row in one line as people write it. */
const block = ({ name, row, ...rest }: Readonly<Record<string, unknown>>, indent: string, end: string): string => {
  const lines = [`- name: ${flow(name)}`, `  row: ${flow(row)}`];
  const below = stringify(rest, {
    lineWidth: 0,
    defaultStringType: 'PLAIN',
    collectionStyle: 'any',
    version: '1.2',
  }).trimEnd();
  return [...lines, ...below.split('\n').map((line) => `  ${line}`)].map((line) => `${indent}${line}${end}`).join('');
};

const flow = (value: unknown): string => {
  const options = { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true } as const;
  return stringify(value, options).trimEnd();
};

/** Nothing else may have changed, and what was put in must be read as it was meant. */
const isSound = (before: YamlTree, changed: string, test: Readonly<Record<string, unknown>>): boolean => {
  if (parseDocument(changed, { version: '1.2' }).errors.length > 0) return false;
  const after = parseYaml(changed, 'mapping').tree?.data as Record<string, unknown> | undefined;
  const old = before.data as Record<string, unknown>;
  if (!after) return false;
  const tests = [...((old.tests as unknown[] | undefined) ?? []), JSON.parse(JSON.stringify(test))];
  return isDeepStrictEqual(plain(after), plain({ ...old, tests }));
};

/** Maps of the tree have no prototype. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
