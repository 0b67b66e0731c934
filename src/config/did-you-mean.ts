import { distance } from 'fastest-levenshtein';

/** The candidate a typing slip away from `word`, or undefined when none is close enough to be a help. */
export function closestTo(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(word);
  let best: { candidate: string; cost: number } | undefined;
  for (const candidate of candidates) {
    const known = fold(candidate);
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, known.length) * 0.4));
    const cost = isSwapped(wanted, known) ? 1 : distance(wanted, known);
    if (cost <= limit && cost < Math.max(wanted.length, known.length) && (!best || cost < best.cost)) {
      best = { candidate, cost };
    }
  }
  return best?.candidate;
}

/** The one candidate that is a single slip away: certain enough to write it down. */
export function surelyMeant(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(word);
  const near = [...new Set(candidates)].filter((candidate) => {
    const known = fold(candidate);
    return known === wanted || (known.length > 3 && (distance(wanted, known) === 1 || isSwapped(wanted, known)));
  });
  return near.length === 1 ? near[0] : undefined;
}

/** `did you mean "x"?`, else the names there are when they are few, else undefined. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const names = [...candidates];
  const closest = closestTo(word, names);
  if (closest !== undefined) return `did you mean ${JSON.stringify(closest)}?`;
  if (names.length === 0 || names.length > 12) return undefined;
  return names.length === 1 ? `there is only ${names[0]}` : `there are ${names.join(', ')}`;
}

/** Two letters swapped are one slip, not two. */
function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length || a === b) return false;
  const differing = [...a].flatMap((letter, index) => (letter === b[index] ? [] : [index]));
  const [first = 0, second = 0] = differing;
  return differing.length === 2 && second === first + 1 && a[first] === b[second] && a[second] === b[first];
}

/** Case, and the difference between `-`, `_` and nothing, are slips rather than other words. */
function fold(word: string): string {
  return word.toLowerCase().replace(/[-_\s]/g, '');
}
