import { closest, distance } from 'fastest-levenshtein';

/** `did you mean "orders"?`, when one of the names is near enough to be meant. */
export function didYouMean(name: string, names: readonly string[]): string | undefined {
  const sameLetters = names.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (sameLetters !== undefined) return `did you mean "${sameLetters}"?`;
  if (names.length === 0) return undefined;
  const nearest = closest(name, [...names]);
  const allowed = Math.max(2, Math.floor(name.length / 3));
  return distance(name.toLowerCase(), nearest.toLowerCase()) <= allowed ? `did you mean "${nearest}"?` : undefined;
}
