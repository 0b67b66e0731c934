/**
 * `matches` by RE2, as CEL defines it: no pattern, however it is written, takes longer than text and pattern are long. JavaScript's own engine
 * tries `(a+)+$` on 40 letters for hours, and a row's text is a stranger's.
 */
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { boundedCache } from '../transform/bounded-cache.ts';
import { ConversionError } from './cell-values.ts';

/** The engine keeps its own `matches` and lets nobody replace it: the text that is evaluated calls ours by this name. */
export const MATCHES = '_matches';

/** Opened at the first pattern: most mappings have none, and it takes some 20 ms to load. */
let library: typeof RE2JS | undefined;
const compile = (pattern: string): RE2JS => {
  library ??= (createRequire(import.meta.url)('re2js') as { RE2JS: typeof RE2JS }).RE2JS;
  return library.compile(pattern);
};

const LONGEST_PATTERN = 1_000;
const LONGEST_TEXT = 1_000_000;

/** Patterns are constants as a rule; those made of cells are forgotten again. */
const compiled = boundedCache<RE2JS>(200);

/** @throws ConversionError for a pattern that is none (made of cells: a constant one is refused when the file is loaded), or a text beyond measure */
export const linearMatches = (text: string, pattern: string): boolean => {
  if (text.length > LONGEST_TEXT) throw new ConversionError('a text too long to match');
  let known = compiled.get(pattern);
  if (known === undefined) {
    if (patternProblem(pattern) !== undefined) throw new ConversionError('not a regular expression');
    known = compiled.set(pattern, compile(pattern));
  }
  return known.test(text);
};

/** What is wrong with a pattern, in a few words. */
export const patternProblem = (pattern: string): string | undefined => {
  if (pattern.length > LONGEST_PATTERN) return `it is longer than ${LONGEST_PATTERN} characters`;
  try {
    compile(pattern);
    return undefined;
  } catch (error) {
    return String((error as Error).message).replace(/^error parsing regexp: /, '');
  }
};
