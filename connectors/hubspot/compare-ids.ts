/** Ids are whole numbers without leading zeros, beyond what a number holds. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
