import { describe, expect, it } from 'vitest';
import { type Choosable, chooseMappings } from '../../../src/config/choose-mappings.ts';

const file = (name: string, more: Partial<Choosable> & { table?: string; connection?: string } = {}): Choosable => {
  const { table, connection = 'shop', ...rest } = more;
  return { name, source: { connection, ...(table !== undefined && { table }) }, ...rest };
};

const FILES = [
  file('shop-purchases', { tags: ['after-dbt', 'finance'], table: 'analytics.orders', connection: 'warehouse' }),
  file('shop-refunds', { tags: ['after-dbt'], table: 'dwh.analytics.refunds', connection: 'warehouse' }),
  file('leads', { table: 'orders', destination: 'crm' }),
  file('by-query', { tags: ['finance'] }),
];
const names = (select: string[], exclude: string[] = []): readonly string[] =>
  chooseMappings(FILES, { select, exclude }).names;

describe('selectors', () => {
  it.each<[string[], string[]]>([
    [['leads'], ['leads']],
    [['shop-*'], ['shop-purchases', 'shop-refunds']],
    [['*'], ['shop-purchases', 'shop-refunds', 'leads', 'by-query']],
    [['lead?'], ['leads']],
    [['name:leads'], ['leads']],
    [['tag:after-dbt'], ['shop-purchases', 'shop-refunds']],
    [['tag:fin*'], ['shop-purchases', 'by-query']],
    [['connection:warehouse'], ['shop-purchases', 'shop-refunds']],
    [['destination:crm'], ['leads']],
    [['source:analytics.orders'], ['shop-purchases']],
    [['source:analytics.*'], ['shop-purchases', 'shop-refunds']],
    [['source:ANALYTICS.Refunds'], ['shop-refunds']],
    [['source:orders'], ['shop-purchases', 'leads']],
  ])('%j means %j', (select, expected) => {
    expect(names(select)).toEqual(expected);
  });

  it('join by blanks and by being several, narrow by a comma, and keep the order of the files', () => {
    expect(names(['by-query tag:after-dbt'])).toEqual(['shop-purchases', 'shop-refunds', 'by-query']);
    expect(names(['by-query', 'leads'])).toEqual(['leads', 'by-query']);
    expect(names(['tag:after-dbt,tag:finance'])).toEqual(['shop-purchases']);
    expect(names(['tag:after-dbt,tag:finance leads'])).toEqual(['shop-purchases', 'leads']);
  });

  it('leave out what is excluded, whatever it was selected by', () => {
    expect(names(['*'], ['tag:finance', 'leads'])).toEqual(['shop-refunds']);
    expect(names(['shop-*'], ['connection:warehouse,tag:finance'])).toEqual(['shop-refunds']);
  });

  it('that fit nothing are told, with what may be meant', () => {
    expect(
      chooseMappings(FILES, { select: ['leeds', 'tag:afterdbt', 'leads,tag:finance', 'shop-*'] }).unmatched,
    ).toEqual([
      { selector: 'leeds', hint: 'did you mean "leads"?' },
      { selector: 'tag:afterdbt', hint: 'did you mean "after-dbt"?' },
      { selector: 'leads,tag:finance', hint: 'each part fits a mapping, but none fits all of them' },
    ]);
    expect(chooseMappings([file('a')], { select: ['tag:x'] }).unmatched).toEqual([
      { selector: 'tag:x', hint: 'no mapping has tags' },
    ]);
  });

  it.each([
    ['+leads', /do not depend on each other/],
    ['leads+', /do not depend on each other/],
    ['1+leads', /do not depend on each other/],
    ['@leads', /do not depend on each other/],
    ['tags:x', /did you mean "tag"/],
    ['path:models', /there are name, tag, connection, source, destination/],
    ['tag:', /such as orders/],
    ['a,,b', /such as orders/],
  ])('%s is refused with a hint', (selector, hint) => {
    expect(() => names([selector])).toThrow(
      expect.objectContaining({ code: 'bad-selector', exitCode: 2, hint: expect.stringMatching(hint) }),
    );
  });

  it('of many stars take no longer than others', () => {
    const started = performance.now();
    expect(chooseMappings([file('a'.repeat(64))], { select: [`${'*a'.repeat(200)}b`] }).names).toEqual([]);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
