/**
 * The far side of the benchmark, the same for both: takes batches on loopback and answers as the Conversions API does.
 * Parsing half a gigabyte of JSON here would take the processor from those who are measured, so it only counts; `--validate`
 * parses and looks at every event.
 *
 *   node bench/sink.mjs [--port 0] [--delay MS] [--validate]     prints {"port": ...}; GET /stats tells what came in
 */
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

// Exact, not a guess: inside a JSON string the quotes would be escaped, so these bytes are always a key.
const KEY = Buffer.from('"event_name":');
const HASH = /^[0-9a-f]{64}$/;
const HASHED = ['em', 'ph', 'fn', 'ln', 'ct', 'st', 'zp', 'country'];

const countEvents = (body) => {
  let events = 0;
  for (let at = body.indexOf(KEY); at !== -1; at = body.indexOf(KEY, at + KEY.length)) events++;
  return events;
};

const looksWhole = (body) => body[0] === 0x7b && body.at(-1) === 0x7d && body.indexOf('"data":[') !== -1;

const isGoodEvent = ({ event_name, event_time, event_id, action_source, user_data, custom_data }) =>
  event_name === 'Purchase' &&
  Number.isInteger(event_time) &&
  Math.abs(Date.now() / 1000 - event_time) < 7 * 86_400 &&
  typeof event_id === 'string' &&
  action_source === 'website' &&
  HASHED.every((key) => [user_data[key]].flat().every((value) => HASH.test(value))) &&
  typeof custom_data.value === 'number' &&
  /^[A-Z]{3}$/.test(custom_data.currency);

/** The number of events, or -1 where the body would be refused. */
const check = (body, { validate, seen }) => {
  if (!looksWhole(body)) return -1;
  const counted = countEvents(body);
  if (counted === 0 || counted > 1000) return -1;
  if (!validate) return counted;
  const { data } = JSON.parse(body.toString());
  if (data.length !== counted || !data.every(isGoodEvent)) return -1;
  for (const { event_id } of data) seen.add(event_id);
  return counted;
};

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    delay: { type: 'string', default: '0' },
    validate: { type: 'boolean', default: false },
  },
});
const delay = Number(values.delay);
const seen = new Set();
const stats = { requests: 0, events: 0, bytes: 0, refused: 0 };

const answer = (response, status, document) => {
  const text = JSON.stringify(document);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
};

const take = (body, response) => {
  const events = check(body, { validate: values.validate, seen });
  stats.requests++;
  stats.bytes += body.length;
  if (events < 0) {
    stats.refused++;
    const error = { message: 'Invalid parameter', type: 'OAuthException', code: 100, fbtrace_id: 'bench' };
    return answer(response, 400, { error });
  }
  stats.events += events;
  const accepted = { events_received: events, messages: [], fbtrace_id: 'bench' };
  if (delay === 0) answer(response, 200, accepted);
  else setTimeout(() => answer(response, 200, accepted), delay);
};

const server = createServer((request, response) => {
  if (request.method === 'GET') return answer(response, 200, { ...stats, distinct: seen.size });
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => take(Buffer.concat(chunks), response));
});
server.listen(Number(values.port), '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
process.on('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
});
