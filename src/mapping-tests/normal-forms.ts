/** Which text of a row a hash of its event was made of: the columns, each by the rule of the key. Of rows of tests only, whose people are invented. */
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { UserDataKey } from '../meta/parameters.ts';
import { isDrop } from '../transform/drop.ts';
import { hashNormal } from '../transform/hash-normal.ts';
import { normalisers } from '../transform/normalisers.ts';
import { nameParts } from '../transform/split-name.ts';
import type { GivenRow } from './test-columns.ts';

export type Origin = { readonly normal: string; readonly column: string | undefined };

/** @returns what stands behind a hash of a key; undefined where no column gives it as it is */
export const originsOf = (
  { file, userData }: ParsedMapping,
  row: GivenRow,
): ((key: UserDataKey, hash: string) => Origin | undefined) => {
  const texts: (readonly [string | undefined, string])[] = [
    ...Object.entries(row).flatMap(([column, value]) =>
      value === null || typeof value === 'object' ? [] : [[column, String(value)] as const],
    ),
    ...Object.values(file.event.user_data).flatMap((value) =>
      typeof value === 'string' && !value.startsWith('=') ? [[undefined, value] as const] : [],
    ),
  ];
  const found = new Map<string, Origin>();
  const isMapped = (key: UserDataKey): boolean => userData.some((field) => field.key === key);
  const countries = texts.flatMap(([, text]) => {
    const normal = normalisers.country(text, {});
    return isDrop(normal) ? [] : [normal];
  });
  const contexts = [
    ...new Set([file.defaults?.country?.toLowerCase(), ...(isMapped('country') ? countries : []), undefined]),
  ].map((country) => (country === undefined ? {} : { country }));
  return (key, hash) => {
    const name = `${key} ${hash}`;
    const known = found.get(name);
    if (known) return known;
    const rules = key === 'fn' || key === 'ln' ? [normalisers[key], nameParts[key]] : [normalisers[key]];
    for (const [column, text] of texts) {
      for (const rule of rules) {
        for (const context of contexts) {
          const normal = rule(text, context);
          if (isDrop(normal) || hashNormal(normal) !== hash) continue;
          const origin = { normal, column };
          found.set(name, origin);
          return origin;
        }
      }
    }
    return undefined;
  };
};
