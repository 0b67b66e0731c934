/** ARCHITECTURE.md says who imports whom and which files there are: it is held to the code. The rules themselves are in ../architecture.test.ts. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readText } from './markdown-files.ts';

const areaOf = (file: string): string => file.split('/').slice(0, 2).join('/');
const IMPORT = /^(?:import|export)\s+(type\s+)?([^;'"]*?)\s*from '(\.[^']+)';|\bimport\('(\.[^']+)'\)/gm;

type Import = { readonly file: string; readonly from: string; readonly to: string; readonly isType: boolean };

const isTypeOnly = (names: string): boolean => {
  const inner = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1];
  return (
    inner
      ?.split(',')
      .filter((name) => name.trim() !== '')
      .every((name) => name.trim().startsWith('type ')) ?? false
  );
};

const files = globSync('{src,connectors}/**/*.ts', { cwd: ROOT });
const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)].map(([whole, type, names = '', target, dynamic]) => ({
    file,
    from: areaOf(file),
    to: areaOf(normalize(join(dirname(file), target ?? dynamic ?? ''))),
    isType: type !== undefined || isTypeOnly(names) || /^import\('[^']+'\)$/.test(whole),
  })),
);

const text = readText('ARCHITECTURE.md');
const rows = (text.split('<!-- imports -->')[1]?.split('\n\n')[0] ?? '')
  .split('\n')
  .filter((line) => /^\| `/.test(line));
const allowed = new Map(
  rows.map((row) => {
    const [from = '', ...to] = [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
    return [from, to] as const;
  }),
);

describe('the table of imports in ARCHITECTURE.md', () => {
  it('has a row for every folder', () => {
    const areas = new Set(files.map(areaOf));
    for (const alone of ['src/errors.ts', 'connectors/connector.ts']) areas.delete(alone);
    expect([...allowed.keys()].sort()).toEqual([...areas].sort());
  });

  it('holds every import', () => {
    const wrong = imports.filter(({ from, to, isType }) => {
      if (from === to || to === 'src/errors.ts') return from === 'src/sandbox' && to !== from;
      if (allowed.get(from)?.includes(to)) return false;
      const isClosed = from === 'src/sandbox' || (from.startsWith('connectors/') && !to.startsWith('connectors/'));
      return isClosed || !isType || to === 'src/cli' || to === 'src/app.ts';
    });
    expect(wrong).toEqual([]);
  });

  it('holds nothing that is gone', () => {
    const needed = new Set(imports.map(({ from, to }) => `${from} ${to}`));
    const spare = [...allowed].flatMap(([from, to]) =>
      to.filter((each) => !needed.has(`${from} ${each}`)).map((each) => `${from} -> ${each}`),
    );
    expect(spare).toEqual([]);
  });
});

describe('the files that ARCHITECTURE.md and CONTRIBUTING.md name', () => {
  it('exist', () => {
    const named = [
      ...`${text}\n${readText('CONTRIBUTING.md')}`.matchAll(
        /`((?:src|connectors|test|scripts|mappings|schemas|bench|docs)\/[\w./-]*)`/g,
      ),
    ];
    const missing = named.map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)));
    expect([...new Set(missing)]).toEqual([]);
  });

  it('stand in the folder of their row', () => {
    const house = text.split('## The house')[1]?.split('\n## ')[0] ?? '';
    const missing = [...house.matchAll(/^\| `([\w/]+\/)` \|.*\| ([^|]*) \|$/gm)].flatMap(
      ([, folder = '', files = '']) =>
        [...files.matchAll(/`([\w-]+\.(?:ts|mjs))`/g)]
          .map(([, file]) => `${folder}${file}`)
          .filter((path) => !existsSync(join(ROOT, path))),
    );
    expect(missing).toEqual([]);
  });
});
