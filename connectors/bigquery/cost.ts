/** What a query costs before it is run: a dry run tells the bytes. https://cloud.google.com/bigquery/pricing */

/** On demand, US, as listed when this was written; other places ask up to half as much again, and capacity pricing asks nothing by the byte. */
const PRICE = { usd: 6.25, readOn: '2026-11-30' } as const;
/** The least that a query over a table is billed for. */
const LEAST = 10 * 2 ** 20;
const TIB = 2 ** 40;

/** `1.2 GiB`, rounded up in its last digit. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [size, at] = [bytes, 0];
  for (; size >= 1024 && at < units.length - 1; at += 1) size /= 1024;
  const digits = at === 0 || size >= 100 ? 0 : 1;
  return `${(Math.ceil(size * 10 ** digits) / 10 ** digits).toLocaleString('en-US')} ${units[at]}`;
}

/** What so many bytes in so many queries cost, as a sentence without a subject. */
export function priceText(bytes: readonly number[]): string {
  const usd = bytes.reduce((sum, each) => sum + (each === 0 ? 0 : Math.max(each, LEAST) / TIB) * PRICE.usd, 0);
  const shown = usd === 0 ? '0' : usd < 0.0001 ? '0.0001' : usd.toFixed(4);
  return `${usd > 0 && usd < 0.0001 ? 'less than ' : 'about '}${shown} USD at the on-demand list price (${PRICE.usd} USD a TiB in the US, 10 MiB a query at the least; read ${PRICE.readOn})`;
}
