import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from 'yaml';
import { type Diagnostic, quoted } from './diagnostic.ts';
import type { LineIndex } from './line-index.ts';
import { type Path, placeOfSpan, pointerOf, type Span, type TreeNode, type YamlTree } from './yaml-tree.ts';

/** Values that aliases may add to a document: many times what a hand-written file needs, far below what hurts. */
const MAX_ALIASED_VALUES = 2_000;
const MAX_DEPTH = 64;

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const CORE_TAGS = new Set(['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((t) => `tag:yaml.org,2002:${t}`));

type Origin = { readonly file: string; readonly text: string; readonly lines: LineIndex };

/** Ends the walk where going on is pointless; never leaves this file. */
class Abandoned extends Error {}

/**
 * Plain data of a document and the place of each value. Aliases are expanded under a budget; duplicate keys, keys that reach
 * into prototypes, tags and merge keys are reported. No tree when the aliases or the depth are beyond all measure.
 */
export function treeOfDocument(
  document: Document.Parsed,
  origin: Origin,
): { tree?: YamlTree; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const nodes = new Map<string, TreeNode>();
  const anchors = new Map<string, Node>();
  const expanding = new Set<Node>();
  let aliased = 0;

  const complain = (span: Span, code: string, message: string, hint?: string): void => {
    const place = placeOfSpan(origin.lines, span);
    diagnostics.push({
      file: origin.file,
      ...place,
      severity: 'error',
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const spanOf = (node: Node): Span => ({ start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 0 });

  /** `through`: the alias by which the walk came here; everything below stands where it stands. */
  const convert = (node: unknown, path: Path, key: Span | undefined, through: Span | undefined): unknown => {
    const keyed = key ? { key } : {};
    if (node === null || node === undefined) {
      nodes.set(pointerOf(path), { value: key ?? { start: 0, end: 0 }, ...keyed });
      return null;
    }
    const current = node as Node;
    const value = through ?? spanOf(current);
    if (through) {
      aliased += 1;
      if (aliased > MAX_ALIASED_VALUES) {
        complain(value, 'yaml-aliases', 'aliases (*name) expand to more than 2,000 values', 'write the values out');
        throw new Abandoned();
      }
    }
    if (path.length > MAX_DEPTH) {
      complain(value, 'yaml-syntax', `values are nested more than ${MAX_DEPTH} deep`);
      throw new Abandoned();
    }
    if (isAlias(current)) {
      const target = anchors.get(current.source);
      if (!target) {
        complain(
          value,
          'yaml-aliases',
          'no anchor of this name stands before it',
          'a text that starts with * needs quotes',
        );
        nodes.set(pointerOf(path), { value, ...keyed, broken: true });
        return null;
      }
      if (expanding.has(target)) {
        complain(value, 'yaml-aliases', 'the alias stands inside what it refers to');
        throw new Abandoned();
      }
      expanding.add(target);
      const expanded = convert(target, path, key, value);
      expanding.delete(target);
      return expanded;
    }
    if (!through) {
      if ('anchor' in current && typeof current.anchor === 'string') anchors.set(current.anchor, current);
      if (current.tag !== undefined && !CORE_TAGS.has(current.tag)) {
        complain(
          tagBefore(origin.text, value),
          'yaml-tag',
          'tags are not supported',
          'remove what starts with !, or put the text in quotes',
        );
      }
    }
    if (isMap(current)) {
      nodes.set(pointerOf(path), { value, ...keyed });
      return convertMap(current.items, path, through);
    }
    if (isSeq(current)) {
      nodes.set(pointerOf(path), { value, ...keyed });
      return current.items.map((item, index) => convert(item, [...path, index], undefined, through));
    }
    const scalar = current as Scalar;
    nodes.set(pointerOf(path), { value, ...keyed, ...(scalar.source === undefined ? {} : { written: scalar.source }) });
    return scalar.value;
  };

  const convertMap = (pairs: readonly Pair[], path: Path, through: Span | undefined): Record<string, unknown> => {
    const result: Record<string, unknown> = {};
    const firstLine = new Map<string, number>();
    for (const pair of pairs) {
      const keyNode = pair.key as Node | null;
      const at = keyNode ? spanOf(keyNode) : { start: 0, end: 0 };
      if (!isScalar(keyNode) || keyNode.value === null) {
        if (!through) complain(at, 'wrong-type', 'a key must be a text');
        continue;
      }
      // As written, not as typed: `1`, `true` and `0x10` are names like any other here.
      const name = typeof keyNode.value === 'string' ? keyNode.value : (keyNode.source ?? String(keyNode.value));
      if (!through) {
        if (keyNode.anchor !== undefined) anchors.set(keyNode.anchor, keyNode);
        const first = firstLine.get(name);
        if (first !== undefined) {
          complain(at, 'duplicate-key', `the key ${quoted(name)} is already set on line ${first}`, 'keep one of them');
        }
        if (first === undefined) firstLine.set(name, origin.lines.placeOf(at.start).line);
        if (FORBIDDEN_KEYS.has(name)) complain(at, 'forbidden-key', `the key ${quoted(name)} is not allowed`);
        if (name === '<<' && keyNode.type === 'PLAIN') {
          complain(at, 'yaml-tag', 'merge keys are not supported', 'write the keys out');
        }
        if (first !== undefined) continue;
      }
      if (FORBIDDEN_KEYS.has(name) || (name === '<<' && keyNode.type === 'PLAIN')) continue;
      result[name] = convert(pair.value, [...path, name], through ?? at, through);
    }
    return result;
  };

  try {
    const data = convert(document.contents, [], undefined, undefined);
    return { tree: { ...origin, data, nodes }, diagnostics };
  } catch (error) {
    if (!(error instanceof Abandoned)) throw error;
    return { diagnostics };
  }
}

/** The tag in front of a value; an anchor may stand between them. */
function tagBefore(text: string, value: Span): Span {
  const found = /(!\S*)\s+(?:&\S+\s+)?$/.exec(text.slice(0, value.start));
  return found?.[1] ? { start: found.index, end: found.index + found[1].length } : value;
}
