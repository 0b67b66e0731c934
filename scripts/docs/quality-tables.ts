/** The method of the match-quality estimate, from the tables it is computed by. */
import { KEY_RANKS, type KeyRank, PERSONAL_KEYS } from '../../src/meta/match-key-ranking.ts';
import { AT_MOST, BAND_FROM, BANDS, WEIGHTS } from '../../src/quality/match-quality.ts';
import { listed, table } from './markdown.ts';

const keysOf = (rank: KeyRank): string[] =>
  Object.entries(KEY_RANKS)
    .filter(([, each]) => each === rank)
    .map(([key]) => key);

export const keyWeights = (): string =>
  table(
    ['rank', 'weight', 'keys'],
    (Object.keys(WEIGHTS) as KeyRank[]).map((rank) => [rank, String(WEIGHTS[rank]), listed(keysOf(rank))]),
  );

export const personalKeys = (): string => `${listed([...PERSONAL_KEYS])}.`;

export const estimateBands = (): string =>
  table(
    ['band', 'sum of weights', 'keys that point to one person'],
    BANDS.map((band) => [
      band,
      `${BAND_FROM[band]} or more`,
      `${Math.max(
        0,
        AT_MOST.findIndex((most) => BANDS.indexOf(most) >= BANDS.indexOf(band)),
      )} or more`,
    ]),
  );
