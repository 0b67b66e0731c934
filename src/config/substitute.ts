// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Diagnostic } from './diagnostic.ts';
import { suggest } from './did-you-mean.ts';
import type { Environment } from './environment.ts';
import { type Path, placeOfSpan, pointerOf, type TreeNode, type YamlTree } from './yaml-tree.ts';

const MAX_SECRET_FILE_BYTES = 64 * 1024;

/** `$${` (an escape), or `${` with what follows up to the first `}`. */
const REFERENCE = /\$\$\{|\$\{([^}\n]*)(\}?)/g;

const NAME = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

export type SubstituteOptions = {
  readonly environment: Environment;
  /** Where relative names of `${file:}` start: the folder of the config file. */
  readonly baseDir: string;
};

type Answer = { readonly value: string } | { readonly code: string; readonly message: string; readonly hint?: string };

/**
 * Replaces `${NAME}`, `${NAME:-default}` (also for an empty NAME) and `${file:path}` in every text of the tree, in place; never
 * in keys, and never again in what was put in. `$${` stands for `${`. The nodes of changed texts are marked as substituted;
 * those whose value cannot be had as broken.
 */
export function substitute(tree: YamlTree, options: SubstituteOptions): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];

  const inText = (text: string, path: Path): string => {
    const node = tree.nodes.get(pointerOf(path));
    if (!text.includes('${') || !node) return text;
    let occurrence = 0;
    return text.replace(REFERENCE, (whole, inner: string | undefined, close: string | undefined, index: number) => {
      const nth = occurrence;
      occurrence += 1;
      if (inner === undefined) return '${';
      const answer = close === '' ? neverClosed : lookUp(inner, options);
      node.substituted ??= whole === text && index === 0 ? 'whole' : 'part';
      if ('value' in answer) return answer.value;
      node.broken = true;
      const { code, message, hint } = answer;
      const place = placeOfSpan(tree.lines, spanOfReference(tree, node, whole, nth));
      diagnostics.push({
        file: tree.file,
        ...place,
        severity: 'error',
        code,
        message,
        ...(hint === undefined ? {} : { hint }),
      });
      return '';
    });
  };

  const inValue = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return inText(value, path);
    if (typeof value !== 'object' || value === null) return value;
    const container = value as Record<string | number, unknown>;
    const steps = Array.isArray(value) ? value.keys() : Object.keys(value);
    for (const step of steps) container[step] = inValue(container[step], [...path, step]);
    return value;
  };

  tree.data = inValue(tree.data, []);
  return diagnostics;
}

/** The literal parts of a text as written: without `${}`, but with the defaults inside, which are literals too. */
export function literalParts(written: string): string {
  return written.replace(REFERENCE, (_whole, inner: string | undefined) => {
    if (inner === undefined) return '${';
    return inner.startsWith('file:') ? '' : (NAME.exec(inner)?.[2] ?? '');
  });
}

const neverClosed: Answer = {
  code: 'bad-variable',
  message: 'the } of ${ is missing',
  hint: 'write $${ for a literal ${',
};

function lookUp(inner: string, { environment, baseDir }: SubstituteOptions): Answer {
  if (inner.startsWith('file:')) return readSecretFile(resolve(baseDir, inner.slice('file:'.length)));
  const parts = NAME.exec(inner);
  if (!parts) {
    const message = '${} must hold a name, NAME:-default or file:/path';
    return { code: 'bad-variable', message, hint: 'write $${ for a literal ${' };
  }
  const [, name = '', fallback] = parts;
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value !== undefined && (value !== '' || fallback === undefined)) return { value };
  if (fallback !== undefined) return { value: fallback };
  const known = Object.keys(environment);
  const closest = known.length === 0 ? undefined : suggest(name, known);
  const hint = closest?.startsWith('did you mean')
    ? closest
    : `set it, or write it into .env, or give a default: \${${name}:-...}`;
  return { code: 'unset-variable', message: `the environment variable ${name} is not set`, hint };
}

function readSecretFile(path: string): Answer {
  const refuse = (message: string): Answer => ({ code: 'secret-file', message });
  try {
    const facts = statSync(path);
    if (!facts.isFile()) return refuse('this is not a regular file');
    if (facts.size > MAX_SECRET_FILE_BYTES) return refuse('the file is larger than 64 KiB');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    return { value: text.replace(/\r?\n$/, '') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return refuse('there is no such file');
    if (code === 'EACCES' || code === 'EPERM') return refuse('the file may not be read by this user');
    return refuse('the file cannot be read as UTF-8 text');
  }
}

/** The place of the nth reference inside a scalar; the whole scalar where escapes or aliases hide it. */
function spanOfReference(tree: YamlTree, node: TreeNode, whole: string, nth: number): { start: number; end: number } {
  const source = tree.text.slice(node.value.start, node.value.end);
  const found = [...source.matchAll(REFERENCE)][nth];
  if (found?.[0] !== whole) return node.value;
  const start = node.value.start + found.index;
  return { start, end: start + whole.length };
}
