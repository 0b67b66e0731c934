/** A thread of `open-map-threads.ts`: its own connection to the source, its own binding of the mapping; pages on demand, one after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { SourceError } from '../../connectors/connector.ts';
import { loadConnector } from '../../connectors/index.ts';
import { bindMapping } from '../mapping/bind-mapping.ts';
import { parseMapping } from '../mapping/compile-mapping.ts';
import type { MatchKeyCounts } from '../mapping/user-data-fields.ts';
import type { MapAnswer, MapCall, MapThreadData, ThreadError } from './map-thread-messages.ts';
import { mapPagesWith } from './page-mapper.ts';

const toThreadError = (error: unknown): ThreadError =>
  error instanceof SourceError
    ? { code: error.code, message: error.message, hint: error.hint }
    : { name: error instanceof Error ? error.name : typeof error };

const open = async (data: MapThreadData) => {
  const connector = await loadConnector(data.connector);
  if (!connector) throw new TypeError(`no connector "${data.connector}"`);
  const source = await connector.open(data.options, { baseDir: data.baseDir });
  const counts: MatchKeyCounts = { present: {}, dropped: {}, together: [] };
  const mapRow = bindMapping(parseMapping(data.mapping).mapping, {
    columns: data.columns,
    datasetId: data.datasetId,
    now: () => Math.floor(Date.now() / 1000),
    counts,
  });
  const { map, giveBack, close } = mapPagesWith({
    source,
    stream: data.stream,
    mapRow: mapRow as (row: readonly unknown[]) => ReturnType<typeof mapRow>,
    counts,
  });
  return { map, giveBack, close: () => close().then(source.close) };
};

const port = parentPort;
if (port) {
  const opened = open(workerData as MapThreadData);
  opened.catch(() => undefined); // told to whoever asks for a page
  const answer = (message: MapAnswer, moved: ArrayBuffer[] = []): void => port.postMessage(message, moved);
  let last = Promise.resolve();

  const work = async (call: MapCall): Promise<void> => {
    if ('giveBack' in call) {
      const { giveBack } = await opened;
      return giveBack(call.giveBack.map(({ buffer }) => Buffer.from(buffer)));
    }
    if ('close' in call) {
      await opened.then(({ close }) => close()).catch(() => undefined);
      return port.close();
    }
    const { id, map: range } = call;
    try {
      const { map } = await opened;
      const mapped = await map(range, (read) => answer({ id, read }));
      answer(
        { id, mapped },
        mapped?.page.texts.blocks.map(({ buffer }) => buffer),
      );
    } catch (error) {
      answer({ id, error: toThreadError(error) });
    }
  };
  port.on('message', (call: MapCall) => {
    last = last.then(() => work(call));
  });
  port.postMessage('started');
}
