// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Environment } from '../../../src/config/environment.ts';
import { parseYaml } from '../../../src/config/read-yaml.ts';
import { literalParts, substitute } from '../../../src/config/substitute.ts';

const baseDir = mkdtempSync(join(tmpdir(), 'capi-sync-substitute-'));
afterAll(() => rmSync(baseDir, { recursive: true }));

function run(text: string, environment: Environment = {}) {
  const { tree } = parseYaml(text, 'f.yaml');
  if (!tree) throw new Error('the test text is not YAML');
  const diagnostics = substitute(tree, { environment, baseDir });
  return { data: tree.data, tree, problems: diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`) };
}

describe('substitute', () => {
  it('replaces names in values of every depth and never in keys', () => {
    const { data, problems } = run('${A}: ${A}\nb: ["x${A}y", { c: "${A}${B}" }]\n', { A: '1', B: '' });
    expect(data).toEqual({ '${A}': '1', b: ['x1y', { c: '1' }] });
    expect(problems).toEqual([]);
  });

  it('takes the default for an unset or empty name', () => {
    expect(run('a: ${A:-x y}\nb: ${B:-}\nc: ${C:-d}\n', { C: '' }).data).toEqual({ a: 'x y', b: '', c: 'd' });
  });

  it('does not look again at what it put in', () => {
    expect(run('a: ${A}\n', { A: '${B} $${C}' }).data).toEqual({ a: '${B} $${C}' });
  });

  it('writes ${ for $${', () => {
    expect(run('a: $${A} costs $5 ${B}\n', { B: 'x' }).data).toEqual({ a: '${A} costs $5 x' });
  });

  it('reports each unset name at its own place, and names of prototypes are unset', () => {
    const { problems } = run('a: x ${A} ${A} "${B}"\nb: "é ${toString}"\nc: |\n  line\n  ${C}\n');
    expect(problems).toEqual([
      '1:6 unset-variable',
      '1:11 unset-variable',
      '1:17 unset-variable',
      '2:7 unset-variable',
      '5:3 unset-variable',
    ]);
  });

  it('reports what is no reference', () => {
    expect(run('a: ${}\nb: ${1A}\nc: ${A B}\nd: ${A\n').problems).toEqual(
      [1, 2, 3, 4].map((line) => `${line}:4 bad-variable`),
    );
  });

  it('reads secret files relative to the config file, without the last newline', () => {
    writeFileSync(join(baseDir, 'token'), 'abc\n\n');
    writeFileSync(join(baseDir, 'windows'), 'abc\r\n');
    expect(run(`a: \${file:token}\nb: \${file:${baseDir}/windows}\n`).data).toEqual({ a: 'abc\n', b: 'abc' });
  });

  it('refuses secret files that are missing, too large, binary or directories', () => {
    writeFileSync(join(baseDir, 'large'), 'x'.repeat(64 * 1024 + 1));
    writeFileSync(join(baseDir, 'binary'), Buffer.from([0xff, 0xfe]));
    const { problems } = run('a: ${file:none}\nb: ${file:large}\nc: ${file:binary}\nd: ${file:.}\n');
    expect(problems).toEqual([1, 2, 3, 4].map((line) => `${line}:4 secret-file`));
  });

  it('marks what came from outside, so that it is not shown', () => {
    const { tree } = run('a: ${A}\nb: x${A}\nc: x\nd: $${A}\n', { A: '1' });
    expect(['/a', '/b', '/c', '/d'].map((at) => tree.nodes.get(at)?.substituted)).toEqual([
      'whole',
      'part',
      undefined,
      undefined,
    ]);
  });
});

describe('literalParts', () => {
  it('leaves what stands in the file itself, defaults included', () => {
    expect(literalParts('${A}')).toBe('');
    expect(literalParts('${file:/x}')).toBe('');
    expect(literalParts('${A:-secret}')).toBe('secret');
    expect(literalParts('x${A}y')).toBe('xy');
  });
});
