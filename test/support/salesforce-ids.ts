/** Ids as Salesforce makes them: 15 letters and digits in which case counts, and three more that tell the case of the others. */

/** In the order in which Ids sort. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** @param prefix three letters or digits that stand for the object */
export const recordId = (prefix: string, number: number): string => {
  let digits = '';
  for (let rest = BigInt(number); rest > 0n; rest /= 62n) digits = DIGITS[Number(rest % 62n)] + digits;
  return withChecks(prefix + digits.padStart(12, '0'));
};

/** The 18 letters and digits of an Id of 15: a bit for each capital, five to a letter. */
export const withChecks = (id: string): string =>
  id +
  [0, 5, 10]
    .map((at) => {
      const bits = [0, 1, 2, 3, 4].filter((n) => /[A-Z]/.test(id[at + n] ?? ''));
      return CHECKS[bits.reduce((sum, bit) => sum + 2 ** bit, 0)];
    })
    .join('');

export const isRecordId = (text: string): boolean => /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/.test(text);

/** Ids compare by their first 15, with case. */
export const compareIds = (a: string, b: string): number => {
  const [x, y] = [a.slice(0, 15), b.slice(0, 15)];
  return x < y ? -1 : x > y ? 1 : 0;
};
