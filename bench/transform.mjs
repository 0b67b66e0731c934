/**
 * Events a second of capi-sync's transform alone: rows in memory (text, as the connector gives them) -> JSON text of batches.
 * Measured as bench/peer.mjs measures the peer: one round to warm up, then the median of five over the same rows.
 *
 *   node bench/transform.mjs --database URL [--rows 50000]
 */
import { parseArgs } from 'node:util';
import { COLUMNS } from './columns.mjs';
import { openTransform } from './our-transform.mjs';
import { readTextPages } from './read-text-rows.mjs';

const BATCH = 1_000;
const ROUNDS = 5;

const { values } = parseArgs({
  options: { database: { type: 'string' }, rows: { type: 'string', default: '50000' } },
});

const rows = [];
for await (const page of readTextPages(values.database, Number(values.rows))) rows.push(...page);
rows.length = Math.min(rows.length, Number(values.rows));

const toEventTexts = await openTransform(COLUMNS);
const rates = [];
let events = 0;
let bytes = 0;
for (let round = 0; round <= ROUNDS; round++) {
  events = 0;
  bytes = 0;
  const start = performance.now();
  for (let at = 0; at < rows.length; at += BATCH) {
    const texts = toEventTexts(rows.slice(at, at + BATCH));
    bytes += `{"data":[${texts.join(',')}]}`.length;
    events += texts.length;
  }
  if (round > 0) rates.push(events / ((performance.now() - start) / 1000));
}
const eventsPerSecond = Math.round(rates.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]);
console.log(
  JSON.stringify({
    events,
    bytes,
    events_per_second: eventsPerSecond,
    max_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
