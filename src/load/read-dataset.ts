/**
 * Asks Meta whether the dataset is there for this token: a GET of the node, which sends no event and changes nothing.
 * https://developers.facebook.com/docs/graph-api/overview (2026-09-12)
 */
import { Pool } from 'undici';
import { type PostTarget, type Reply, readReply, TRUSTED, transportFailure } from './post-events.ts';

export type DatasetReply = { readonly kind: 'seen' } | Extract<Reply, { kind: 'error' }>;

/** Never throws for what Meta or the network says. */
export const readDataset = async (
  target: Pick<PostTarget, 'baseUrl' | 'apiVersion' | 'datasetId' | 'accessToken' | 'timeoutMs'>,
  signal: AbortSignal,
): Promise<DatasetReply> => {
  const http = new Pool(target.baseUrl, {
    connections: 1,
    connect: TRUSTED,
    connectTimeout: 5_000,
    maxResponseSize: 1_048_576,
  });
  try {
    const answer = await http.request({
      path: `/${target.apiVersion}/${target.datasetId}?fields=id`,
      method: 'GET',
      headers: { authorization: `Bearer ${target.accessToken}`, 'user-agent': 'capi-sync' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(target.timeoutMs)]),
    });
    const text = await answer.body.text();
    if (answer.statusCode === 200 && idOf(text) === target.datasetId) return { kind: 'seen' };
    return asError(readReply(answer.statusCode, text, undefined, Number.NaN));
  } catch (error) {
    return asError(transportFailure(error));
  } finally {
    await http.destroy();
  }
};

const asError = (reply: Reply): Extract<Reply, { kind: 'error' }> => {
  if (reply.kind === 'error') return reply;
  throw new TypeError('no events were sent: none can have been accepted');
};

const idOf = (text: string): unknown => {
  try {
    return (JSON.parse(text) as { id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
};
