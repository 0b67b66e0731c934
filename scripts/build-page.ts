/** Builds the status page: its code as one file, its files named by their content and packed, so that a browser asks for each once. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const FROM = 'src/server/page/browser';

/** In this order: what is narrow comes last, because it changes the rest. */
const STYLES = [
  'colours',
  'elements',
  'frame',
  'signs',
  'overview',
  'pictures',
  'plots',
  'mapping',
  'flow',
  'panels',
  'token',
  'narrow',
];

const styles = (): string =>
  STYLES.map((name) => readFileSync(join(FROM, `styles/${name}.css`), 'utf8'))
    .join('')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\n\s*/g, '\n');

/** @param to a folder, made anew. From the root of the project. */
export const buildPage = async (to: string): Promise<void> => {
  const bundle = await rolldown({ input: join(FROM, 'main.tsx') });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const code = output.find((file) => file.type === 'chunk')?.code;
  if (code === undefined) throw new Error('the bundler gave no code for the page');
  const preact = readFileSync('node_modules/preact/LICENSE', 'utf8').trim();
  /** What may be cached for ever, by the name that index.html has for it. */
  const files: readonly (readonly [string, string])[] = [
    ['page.js', `/*! With Preact:\n${preact}\n*/\n${code}`],
    ['page.css', styles()],
    ['icon.svg', readFileSync(join(FROM, 'icon.svg'), 'utf8')],
  ];

  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const write = (name: string, text: string): void => {
    writeFileSync(join(to, name), text);
    writeFileSync(join(to, `${name}.gz`), gzipSync(text, { level: 9 }));
  };
  let page = readFileSync(join(FROM, 'index.html'), 'utf8');
  for (const [name, text] of files) {
    const hash = createHash('sha256').update(text).digest('base64url').slice(0, 10);
    const hashed = name.replace('.', `-${hash}.`);
    write(hashed, text);
    page = page.replaceAll(`/assets/${name}`, `/assets/${hashed}`);
  }
  write('index.html', page);
};
