/**
 * `send-test`: one event of your own, to see that token and dataset work. It is a custom event with an invented external_id, so that
 * it matches nobody. It is a real event all the same: Meta counts it, with a test_event_code too.
 */
import { randomUUID } from 'node:crypto';
import { openDestination } from '../../app.ts';
import { EXIT, FatalError } from '../../errors.ts';
import { ERROR_CODES, EVENT_SUBCODES } from '../../meta/error-codes.ts';
import type { MetaEvent } from '../../meta/event.ts';
import { hashNormal } from '../../transform/hash-normal.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';

/** What happened on the wire, by the reasons of src/load/post-events.ts: what it means, and what mends it. */
const WIRE: Readonly<Record<string, readonly [meaning: string, cure: string]>> = {
  'connection-refused': ['nobody listens at its address', 'check base_url; of the sandbox, that it runs'],
  'host-not-found': ['its host name is not known', 'check base_url and the DNS of this machine'],
  'host-unreachable': ['there is no way to its address', 'check the network and the firewall'],
  'connect-timeout': [
    'its address does not answer',
    'check the network and the firewall: port 443 must be open to the outside',
  ],
  'connection-lost': ['the connection ended before the answer', 'try again; then look at proxies in between'],
  timeout: ['no answer came in time', 'try again, or raise `timeout` of the destination'],
  'no-tls': [
    'what listens there speaks no TLS',
    'base_url with https:// needs a server with TLS; http:// is for loopback only',
  ],
  certificate: ['its certificate is not trusted', 'NODE_EXTRA_CA_CERTS names the file of an authority of your own'],
  'http-200': [
    'the answer is none of a Conversions API',
    'check base_url, and what stands in between, such as a proxy',
  ],
};

export const sendTest: Command<[options: { readonly destination?: string; readonly testEventCode?: string }]> = async (
  context,
  options,
) => {
  const { terminal } = context;
  const { project } = await loadOrFail(context.configFile, terminal);
  const names = Object.keys(project.config.destinations);
  const name = options.destination ?? (names.length === 1 ? names[0] : undefined);
  const destination = name === undefined ? undefined : project.config.destinations[name];
  if (!destination) {
    throw new FatalError(
      'unknown-destination',
      name === undefined ? 'there are several destinations' : `there is no destination "${name}"`,
      {
        hint: `choose one with --destination: ${names.join(', ')}`,
        exitCode: EXIT.usage,
      },
    );
  }
  const code = options.testEventCode ?? destination.test_event_code;
  const post = openDestination(code === undefined ? destination : { ...destination, test_event_code: code });
  const id = randomUUID();
  const event: MetaEvent = {
    event_name: 'CapiSyncTest',
    event_time: Math.floor(Date.now() / 1000),
    event_id: id,
    action_source: 'system_generated',
    user_data: { external_id: hashNormal(`capi-sync-test-${id}`) },
  };
  try {
    const reply = await post([Buffer.from(JSON.stringify(event))], context.abort);
    if (reply.kind === 'accepted') {
      if (context.json) terminal.out(JSON.stringify({ ok: true, event_id: id, fbtrace_id: reply.traceId ?? null }));
      else
        terminal.out(
          `dataset ${destination.dataset_id} took the event CapiSyncTest ${id} (trace ${reply.traceId ?? 'none'})`,
        );
      return EXIT.ok;
    }
    const meaning =
      EVENT_SUBCODES[reply.subcode ?? -1] ??
      ERROR_CODES[`${reply.code}/${reply.subcode}`]?.meaning ??
      ERROR_CODES[String(reply.code)]?.meaning ??
      WIRE[reply.reason]?.[0] ??
      'the answer is none of a Conversions API';
    const exitCode =
      reply.class === 'auth' || reply.class === 'policy'
        ? EXIT.permission
        : reply.class === 'config'
          ? EXIT.config
          : EXIT.incomplete;
    throw new FatalError(
      `destination-${reply.class.replace('_', '-')}`,
      `the dataset did not take the event: ${meaning} (${reply.reason})`,
      {
        hint:
          WIRE[reply.reason]?.[1] ??
          (reply.class === 'auth'
            ? 'put a valid token into the environment'
            : 'check dataset_id, api_version and base_url'),
        exitCode,
      },
    );
  } finally {
    await post.close();
  }
};
