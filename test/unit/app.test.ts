import { expect, it } from 'vitest';
import { releaseStack } from '../../src/app.ts';

it('closes what was opened in reverse, each once, and one that fails keeps no other from it', async () => {
  const closed: string[] = [];
  const release = releaseStack();
  release.push(async () => void closed.push('state'));
  release.push(() => Promise.reject(new Error('gone already')));
  release.push(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    closed.push('source');
  });
  await release.releaseAll();
  expect(closed).toEqual(['source', 'state']);
  await release.releaseAll();
  expect(closed).toHaveLength(2);
});
