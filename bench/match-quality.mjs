/**
 * `node bench/match-quality.mjs [--people 10000] [--seed 20261123] [--write] [--show key]`
 *
 * How many match keys come out as Meta's written rule wants them: capi-sync beside Meta's Business SDK and Meta's Parameter Builder, on the
 * same input in one run. The truth of every value is known before it is written down messily, and belongs to none of the three.
 * `--write` puts the report into docs/match-quality.md; `--show ph` lists what capi-sync gets wrong for a key.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/match-quality.md', import.meta.url));

/** The peers' packages are not part of the main install; they come when first needed. */
const installPeers = () => {
  if (existsSync(new URL('node_modules/capi-param-builder-nodejs', import.meta.url))) return;
  console.error('installing the packages that are compared (npm ci in bench/)');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: HERE, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('npm ci in bench/ failed');
};

const { values: options } = parseArgs({
  options: {
    people: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '20261123' },
    write: { type: 'boolean', default: false },
    show: { type: 'string' },
  },
});

installPeers();
const { chinookPeople } = await import('./chinook-people.mjs');
const { compare } = await import('./match-compare.mjs');
const { header, report } = await import('./match-report.mjs');
const { makePeople } = await import('./people.mjs');

const compared = {
  chinook: compare(chinookPeople()),
  people: compare(makePeople(Number(options.people), Number(options.seed))),
};

const unexplained = [...compared.chinook.keys.values(), ...compared.people.keys.values()]
  .flatMap(({ sides }) => sides)
  .reduce((sum, { differences }) => sum + (differences.get('unexplained') ?? 0), 0);
if (unexplained > 0) console.error(`${unexplained} differences have no class yet: see bench/match-mistakes.mjs`);

/** The text between `<!-- measured: name -->` and `<!-- end -->`, replaced. */
const filled = (page, name, text) => {
  const block = new RegExp(`(<!-- measured: ${name} -->\\n)[\\s\\S]*?(<!-- end -->)`);
  if (!block.test(page)) throw new Error(`docs/match-quality.md has no block "${name}"`);
  return page.replace(block, (_, start, end) => `${start}\n${text}\n\n${end}`);
};

const blocks = {
  setting: header(options),
  chinook: report(compared.chinook),
  people: report(compared.people),
};

if (options.show) {
  for (const { value, result, difference, home } of compared.people.mistakes.filter(
    (each) => each.key === options.show,
  ))
    console.log(
      [
        home,
        JSON.stringify(value.raw),
        value.truth.join(' or ') || 'nothing',
        result.normal ?? result.left,
        difference,
      ].join(' | '),
    );
} else if (options.write) {
  const page = Object.entries(blocks).reduce(
    (text, [name, block]) => filled(text, name, block),
    readFileSync(PAGE, 'utf8'),
  );
  writeFileSync(PAGE, page);
} else {
  console.log(Object.values(blocks).join('\n\n'));
}
