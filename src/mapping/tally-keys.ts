/** Which match keys stand together in the events of a run: the facts that a judgement of match quality needs. Counts only. */

/** A set of keys, and how many events carried exactly these. */
export type KeyCombination = { readonly keys: readonly string[]; events: number };

/**
 * A function to be called with the user_data of each event. A set of keys is a number, one bit a key (user_data knows fewer than 31), so that a
 * row costs a few comparisons and one look-up.
 * @param keys the mapped keys
 * @param into gets an entry for each set that occurs
 */
export const tallyKeys = (
  keys: readonly string[],
  into: KeyCombination[],
): ((userData: Readonly<Record<string, unknown>>) => void) => {
  const bySet = new Map<number, KeyCombination>();
  return (userData) => {
    let set = 0;
    for (let n = 0; n < keys.length; n += 1) if (userData[keys[n] as string] !== undefined) set |= 1 << n;
    let combination = bySet.get(set);
    if (!combination) {
      combination = { keys: keys.filter((_, n) => (set & (1 << n)) !== 0), events: 0 };
      bySet.set(set, combination);
      into.push(combination);
    }
    combination.events += 1;
  };
};
