import { describe, expect, it } from 'vitest';
import { AGE_BOUNDS, countAge, noAges } from '../../../src/quality/event-ages.ts';

describe('the age of events', () => {
  it('counts in the class whose upper end it does not pass; what is older than all has one of its own', () => {
    const ages = noAges();
    for (const bound of AGE_BOUNDS) {
      countAge(ages, bound);
      countAge(ages, bound + 1);
    }
    countAge(ages, -5);
    expect(ages).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 1]);
  });

  it('has the marks that Meta names: an hour, two, a day, and the seven days after which it refuses', () => {
    expect(AGE_BOUNDS).toEqual(expect.arrayContaining([3_600, 7_200, 86_400, 604_800]));
  });
});
