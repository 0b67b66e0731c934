/** Runs the three over people and counts, by key, what was sent, what agrees with the truth, and why the rest does not. */
import { differenceOf } from './match-mistakes.mjs';
import { SIDES, sdkTakesRow, sha256, withDeclaredFormat } from './match-sides.mjs';

export const KEYS = ['em', 'ph', 'fn', 'ln', 'db', 'ge', 'ct', 'st', 'zp', 'country'];
export const NAMES = Object.keys(SIDES);

const noTally = () => ({ sent: 0, agree: 0, junkSent: 0, differences: new Map() });
const add = (map, key) => void map.set(key, (map.get(key) ?? 0) + 1);
const of = (map, key, make) => {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
};

const agrees = (value, hash) => value.truth.some((one) => sha256(one) === hash);

export const compare = (people) => {
  const keys = new Map();
  const mistakes = [];
  const formats = { values: 0, agree: 0 };
  for (const { home, values } of people) {
    for (const [key, value] of Object.entries(values)) {
      const entry = of(keys, key, () => ({ values: 0, junk: 0, sides: NAMES.map(noTally), forms: new Map() }));
      const isJunk = value.truth.length === 0;
      entry[isJunk ? 'junk' : 'values']++;
      const form = isJunk ? undefined : of(entry.forms, value.form, () => ({ values: 0, agree: NAMES.map(() => 0) }));
      if (form) form.values++;
      NAMES.forEach((name, side) => {
        const result = SIDES[name](key, value, values);
        const tally = entry.sides[side];
        const difference = differenceOf(key, value, result);
        if (result.hash !== undefined) tally[isJunk ? 'junkSent' : 'sent']++;
        if (difference === undefined && !isJunk) {
          tally.agree++;
          form.agree[side]++;
        }
        if (difference === undefined) return;
        add(tally.differences, difference);
        if (side === 0) mistakes.push({ home, key, value, result, difference });
      });
      if (key === 'db' && !isJunk) {
        formats.values++;
        if (agrees(value, withDeclaredFormat(value, values).hash)) formats.agree++;
      }
    }
  }
  const rows = { all: people.length, sdkThrows: people.filter(({ values }) => !sdkTakesRow(values)).length };
  return { keys, mistakes, formats, rows };
};
