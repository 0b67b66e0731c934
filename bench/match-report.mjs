/** The counts of match-compare as Markdown. */
import { readFileSync } from 'node:fs';
import { KEYS, NAMES } from './match-compare.mjs';

const count = (number) => number.toLocaleString('en');
const percent = (part, whole) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
const cell = (text) => String(text).replaceAll('|', '\\|');
const table = (head, rows) =>
  [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.map(cell).join(' | ')} |`)
    .join('\n');

const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;

export const header = ({ people, seed }) =>
  [
    `Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node}: \`node bench/match-quality.mjs --write\`.`,
    `Business SDK: \`facebook-nodejs-business-sdk\` ${versionOf('facebook-nodejs-business-sdk')}.`,
    `Parameter Builder: \`capi-param-builder-nodejs\` ${versionOf('capi-param-builder-nodejs')}.`,
    `${count(Number(people))} invented people of 30 countries, seed ${seed}; the 59 customers of Chinook.`,
  ].join('\n');

const present = ({ keys }) => KEYS.filter((key) => keys.has(key)).map((key) => [key, keys.get(key)]);

const totals = (compared) => {
  const rows = present(compared).map(([key, entry]) => [
    `\`${key}\``,
    count(entry.values),
    ...entry.sides.flatMap(({ sent, agree }) => [count(sent), `${count(agree)} (${percent(agree, entry.values)})`]),
  ]);
  const all = present(compared).map(([, entry]) => entry);
  const sum = (pick) => all.reduce((total, entry) => total + pick(entry), 0);
  const values = sum((entry) => entry.values);
  const last = NAMES.flatMap((_, side) => {
    const agree = sum((entry) => entry.sides[side].agree);
    return [count(sum((entry) => entry.sides[side].sent)), `${count(agree)} (${percent(agree, values)})`];
  });
  const head = ['key', 'values', ...NAMES.flatMap((name) => [`${name}: sent`, 'agree'])];
  return table(head, [...rows, ['all', count(values), ...last]]);
};

const junk = (compared) => {
  const rows = present(compared).filter(([, entry]) => entry.junk > 0);
  if (rows.length === 0) return [];
  const text = table(
    ['key', 'junk', ...NAMES.map((name) => `${name}: hashed`)],
    rows.map(([key, entry]) => [`\`${key}\``, count(entry.junk), ...entry.sides.map((side) => count(side.junkSent))]),
  );
  return ['Junk, which must not be sent:', text];
};

const byForm = (compared) => {
  const rows = present(compared).flatMap(([key, { forms }]) =>
    [...forms]
      .sort(([, a], [, b]) => b.values - a.values)
      .map(([form, { values, agree }]) => [
        `\`${key}\` ${form}`,
        count(values),
        ...agree.map((one) => percent(one, values)),
      ]),
  );
  return rows.length <= KEYS.length
    ? []
    : ['Agreement by how the value is written:', table(['how', 'values', ...NAMES], rows)];
};

const differences = (compared) =>
  NAMES.flatMap((name, side) => {
    const rows = present(compared).flatMap(([key, entry]) =>
      [...entry.sides[side].differences]
        .sort(([, a], [, b]) => b - a)
        .map(([what, number]) => [`\`${key}\` ${what}`, count(number), percent(number, entry.values + entry.junk)]),
    );
    if (rows.length === 0) return [`${name}: no difference.`];
    return [`${name}, every difference:`, table(['what', 'values', 'of the key'], rows)];
  });

const events = ({ rows, formats }) => [
  `The Business SDK throws for ${count(rows.sdkThrows)} of ${count(rows.all)} rows (${percent(rows.sdkThrows, rows.all)}) when all keys of a row go into one \`UserData\`: ` +
    'one value that it does not take costs the whole event, unless the caller tries key by key, as this comparison does.',
  ...(formats.values === 0
    ? []
    : [
        `With the format named in the mapping (\`db: { value: =born, format: DD.MM.YYYY }\`) capi-sync agrees on ${count(formats.agree)} of ${count(formats.values)} birthdays (${percent(formats.agree, formats.values)}).`,
      ]),
];

export const report = (compared) =>
  [totals(compared), ...junk(compared), ...byForm(compared), ...differences(compared), ...events(compared)].join(
    '\n\n',
  );
