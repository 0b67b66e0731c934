import { afterEach, describe, expect, it } from 'vitest';
import { parseFault } from '../../../src/sandbox/faults.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/start-sandbox.ts';
import { goodEvent, NOW, postEvents } from './post-events.ts';

let sandbox: Sandbox;
afterEach(() => sandbox.close());

const start = async (faults: readonly string[], options: SandboxOptions = {}) => {
  sandbox = await startSandbox({ now: () => NOW, faults: faults.map(parseFault), ...options });
};
const send = (count = 1) =>
  postEvents(
    sandbox,
    Array.from({ length: count }, (_, i) => goodEvent({ event_id: `e${i}` })),
  );
const accepted = () => sandbox.stats().eventsAccepted;

describe('a fault decides the answer', () => {
  it.each([
    ['status', 500, 0, /"code":1,/],
    ['status:code=503,body=empty', 503, 0, /^$/],
    ['status:code=502,body=html', 502, 0, /^<!DOCTYPE html>/],
    ['status:code=500,body=truncated', 500, 0, /^\{"error":.*[^}]$/],
    ['status:code=504,stored=true', 504, 2, /"code":1,/],
    ['throttle', 400, 0, /"code":80004,/],
    ['throttle:graphCode=17', 400, 0, /"type":"OAuthException","code":17,/],
    ['transient', 500, 0, /"code":2,"is_transient":true/],
    ['expire-token', 401, 0, /"code":190,"error_subcode":463/],
    ['permission', 403, 0, /"code":200,/],
    ['permission:graphCode=10', 403, 0, /"code":10,/],
    ['garbage', 200, 0, /^<!DOCTYPE html>/],
    ['garbage:stored=true', 200, 2, /^<!DOCTYPE html>/],
    ['wrong-count', 200, 2, /^\{"events_received":1,/],
    ['truncate', 200, 2, /^\{"events_received":2,.*[^}]$/],
    ['truncate:stored=false', 200, 0, /^\{"events_received":1,.*[^}]$/],
    ['too-large', 413, 0, /^<!DOCTYPE html>/],
    ['redirect', 302, 0, /^$/],
    ['slow:ms=30', 200, 2, /^\{"events_received":2,/],
    ['drip:ms=1', 200, 2, /^\{"events_received":2,.*\}$/],
  ])('%s answers %i and stores %i events', async (fault, status, stored, body) => {
    await start([fault]);
    const answer = await send(2);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(body);
    expect(accepted()).toBe(stored);
    expect(sandbox.stats().requestsByOutcome).toEqual({ [`fault:${fault.split(':')[0]}`]: 1 });
  });

  it.each([
    ['reset-before', 0],
    ['reset-after', 2],
  ])('%s cuts the connection, having stored %i events', async (fault, stored) => {
    await start([`${fault}:times=1`]);
    await expect(send(2)).rejects.toThrow();
    expect(accepted()).toBe(stored);
    expect((await send(2)).status).toBe(200);
  });

  it.each([
    ['timeout', 0],
    ['timeout:stored=true', 1],
    ['slow:ms=60000', 1],
    ['drip:ms=60000', 1],
  ])('%s leaves the client waiting, having stored %i events', async (fault, stored) => {
    await start([fault]);
    const waiting = postEvents(sandbox, [goodEvent()], { signal: AbortSignal.timeout(150) });
    await expect(waiting).rejects.toThrow(/timeout|aborted/i);
    expect(accepted()).toBe(stored);
  });

  it('close() ends requests that hang', async () => {
    await start(['timeout']);
    const waiting = send();
    const cut = expect(waiting).rejects.toThrow();
    while (sandbox.stats().requestsByOutcome['fault:timeout'] !== 1) await new Promise(setImmediate);
    await sandbox.close();
    await cut;
  });

  it('slow:ms waits as long as told', async () => {
    await start(['slow:ms=120']);
    const began = performance.now();
    await send();
    expect(performance.now() - began).toBeGreaterThanOrEqual(115);
  });

  it('redirect stays on this host', async () => {
    await start(['redirect']);
    expect((await send()).headers.get('location')).toBe('/redirected');
  });

  it('too-large:max passes smaller requests, and they do not use up its times', async () => {
    await start(['too-large:max=2,times=1']);
    expect((await send(2)).status).toBe(200);
    expect((await send(3)).status).toBe(413);
    expect((await send(3)).status).toBe(200);
  });

  it('shows usage headers only while a throttle fault is set', async () => {
    await start(['throttle:times=1,regain=3']);
    const throttled = await send();
    expect(JSON.parse(throttled.headers.get('x-app-usage') ?? '')).toMatchObject({ call_count: 100 });
    expect(JSON.parse(throttled.headers.get('x-business-use-case-usage') ?? '')).toMatchObject({
      '1234567890': [{ call_count: 100, estimated_time_to_regain_access: 3 }],
    });
    expect(JSON.parse((await send()).headers.get('x-app-usage') ?? '')).toMatchObject({ call_count: 85 });
    sandbox.setFaults([]);
    expect((await send()).headers.get('x-app-usage')).toBeNull();
  });

  it('leaves the answer to a bad request as it is where only the count would be wrong', async () => {
    await start(['wrong-count']);
    expect((await postEvents(sandbox, [goodEvent({ event_time: 0 })])).error?.error_subcode).toBe(2804003);
  });
});

describe('when a fault acts', () => {
  const statuses = async (count: number) => {
    const seen: number[] = [];
    for (let i = 0; i < count; i++) seen.push((await send()).status);
    return seen;
  };

  it.each([
    ['status:times=2', [500, 500, 200, 200]],
    ['status:after=2', [200, 200, 500, 500]],
    ['status:every=2', [200, 500, 200, 500]],
    ['status:after=1,every=2,times=1', [200, 200, 500, 200, 200]],
  ])('%s', async (fault, expected) => {
    await start([fault]);
    expect(await statuses(expected.length)).toEqual(expected);
  });

  it('rate asks the given source of chance', async () => {
    const chances = [0.1, 0.2, 0.14, 0.15];
    await start(['status:rate=0.15'], { random: () => chances.shift() ?? 1 });
    expect(await statuses(4)).toEqual([500, 200, 500, 200]);
  });

  it('the first of several that is due decides', async () => {
    await start(['status:code=503,times=1', 'status:code=502,times=1']);
    expect(await statuses(3)).toEqual([503, 502, 200]);
  });

  it('setFaults and reset start the counts again', async () => {
    await start(['status:times=1']);
    expect(await statuses(2)).toEqual([500, 200]);
    sandbox.reset();
    expect(await statuses(2)).toEqual([500, 200]);
    sandbox.setFaults([{ kind: 'status', code: 599, times: 1 }]);
    expect(await statuses(2)).toEqual([599, 200]);
  });
});

describe('refuse', () => {
  it('refuses a request with the event_id, whole, and does not tell which event it was', async () => {
    await start(['refuse:event_id=e1,subcode=2804008']);
    const answer = await send(3);
    expect(answer.error).toMatchObject({ code: 100, error_subcode: 2804008 });
    expect(answer.error?.error_user_msg).not.toContain("['data']");
    expect(accepted()).toBe(0);
    expect((await postEvents(sandbox, [goodEvent({ event_id: 'e2' })])).status).toBe(200);
  });

  it('refuses by order_id', async () => {
    await start(['refuse:order_id=A-1']);
    expect((await send()).error?.error_subcode).toBe(2804019);
  });

  it('times counts the requests that were refused', async () => {
    await start(['refuse:event_id=e1,times=1']);
    expect((await send(1)).status).toBe(200);
    expect((await send(2)).status).toBe(400);
    expect((await send(2)).status).toBe(200);
  });

  it('refuses a share of all events, near to what was asked and always the same ones', async () => {
    const refusedIds = async () => {
      const ids: number[] = [];
      for (let i = 0; i < 400; i++) {
        if ((await postEvents(sandbox, [goodEvent({ event_id: `order-${i}` })])).status === 400) ids.push(i);
      }
      return ids;
    };
    await start(['refuse:share=0.1']);
    const first = await refusedIds();
    expect(first.length).toBeGreaterThan(20);
    expect(first.length).toBeLessThan(65);
    expect(await refusedIds()).toEqual(first);
  });

  it('works beside a fault that spoils the answer', async () => {
    await start(['slow:ms=5', 'refuse:event_id=e0']);
    expect((await send()).error?.code).toBe(100);
  });
});
