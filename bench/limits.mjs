/**
 * What the machine gives at best, measured in the same run as the two sides: reading alone, hashing alone, writing JSON alone.
 *
 *   node bench/limits.mjs --database URL
 */
import { hash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { readTextPages } from './read-text-rows.mjs';

const ROUNDS = 5;

const medianRate = (count, work) => {
  const rates = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    work(count);
    // The first round warms up.
    if (round > 0) rates.push(count / ((performance.now() - start) / 1000));
  }
  return Math.round(rates.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]);
};

const readRate = async (database) => {
  const start = performance.now();
  let rows = 0;
  for await (const page of readTextPages(database)) rows += page.length;
  return Math.round(rows / ((performance.now() - start) / 1000));
};

const hashAll = (count) => {
  let length = 0;
  for (let i = 0; i < count; i++) length += hash('sha256', `customer.${i}@example.com`, 'hex').length;
  return length;
};

/** An event with as many keys, and values as long, as the two sides send. */
const sampleEvent = (i) => {
  const digest = hash('sha256', String(i), 'hex');
  const hashed = Object.fromEntries(
    ['em', 'ph', 'fn', 'ln', 'ct', 'st', 'zp', 'country'].map((key) => [key, [digest]]),
  );
  return {
    event_name: 'Purchase',
    event_time: 1_795_000_000 + i,
    event_id: `A-${1_000_000 + i}`,
    action_source: 'website',
    event_source_url: 'https://shop.example.com/thank-you',
    user_data: {
      ...hashed,
      external_id: [digest],
      client_ip_address: '203.0.113.7',
      client_user_agent:
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    },
    custom_data: { value: i / 100, currency: 'EUR', order_id: `A-${1_000_000 + i}` },
  };
};

const { values } = parseArgs({ options: { database: { type: 'string' } } });
const batch = Array.from({ length: 1000 }, (_, i) => sampleEvent(i));
console.log(
  JSON.stringify({
    read_rows_per_second: await readRate(values.database),
    sha256_per_second: medianRate(200_000, hashAll),
    stringify_events_per_second: medianRate(50_000, (count) => {
      let length = 0;
      for (let done = 0; done < count; done += batch.length) length += JSON.stringify({ data: batch }).length;
      return length;
    }),
  }),
);
