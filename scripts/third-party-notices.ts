/** The licences of the libraries whose code the build put into dist/, as text: they ask that theirs goes along. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param modules paths of the files that went in */
export const thirdPartyNotices = (modules: Iterable<string>): string => {
  const folders = new Set<string>();
  for (const path of modules) {
    const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
    if (folder) folders.add(folder);
  }
  const notices = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    const file = readdirSync(folder).find((each) => /^licen[cs]e(?:\.(?:md|txt))?$/i.test(each));
    const text = file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version}\n\n${text}\n`;
  });
  return `dist/ contains code of these libraries.\n\n${notices.sort().join(`\n${'-'.repeat(80)}\n\n`)}`;
};

type Manifest = { readonly name: string; readonly version: string; readonly license: string };
