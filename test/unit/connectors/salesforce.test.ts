import { describe, expect, it } from 'vitest';
import { cellOf, plainNumber } from '../../../connectors/salesforce/column-kinds.ts';
import { csvRows } from '../../../connectors/salesforce/csv.ts';
import { apiError, translate, translateSignIn } from '../../../connectors/salesforce/errors.ts';
import { salesforceUrl } from '../../../connectors/salesforce/salesforce-url.ts';
import { checkCondition, parseQuery } from '../../../connectors/salesforce/soql-text.ts';
import { compareIds, recordId, withChecks } from '../../support/salesforce-ids.ts';
import { parseSoql } from '../../support/salesforce-soql.ts';

describe('SOQL of an author', () => {
  it('is taken apart into fields, object and condition', () => {
    expect(
      parseQuery(
        "SELECT Id, Owner.Email\nFROM Lead\nWHERE Status = 'a FROM b ORDER BY' AND (X__c > 1 OR Y__c IN ('x', 'y'));",
      ),
    ).toEqual({
      fields: ['Id', 'Owner.Email'],
      object: 'Lead',
      condition: " Status = 'a FROM b ORDER BY' AND (X__c > 1 OR Y__c IN ('x', 'y'))".trim(),
      allRows: false,
    });
    expect(parseQuery('select id from lead all rows')).toMatchObject({
      object: 'lead',
      condition: undefined,
      allRows: true,
    });
    expect(parseQuery("SELECT Id FROM Lead WHERE Name = 'It\\'s' ALL ROWS")).toMatchObject({
      condition: "Name = 'It\\'s'",
      allRows: true,
    });
    expect(
      parseQuery('SELECT Id FROM Lead WHERE Id IN (SELECT LeadId FROM CampaignMember WHERE X__c = 1 LIMIT 5)')
        .condition,
    ).toContain('LIMIT 5');
  });

  it.each([
    ['UPDATE Lead SET x = 1', /SELECT/],
    ['SELECT Id', /FROM/],
    ['SELECT FROM Lead', /gap/],
    ['SELECT Id, FROM Lead', /gap/],
    ['SELECT Id Name FROM Lead', /fields/],
    ['SELECT COUNT(Id) FROM Lead', /fields/],
    ['SELECT Id, (SELECT Id FROM Contacts) FROM Account', /fields/],
    ['SELECT TYPEOF Owner WHEN User THEN Email END FROM Lead', /fields/],
    ['SELECT Id FROM Lead l', /alias|clause/],
    ['SELECT Id FROM Lead ORDER BY Id', /ORDER/],
    ['SELECT Id FROM Lead WHERE A = 1 LIMIT 5', /LIMIT/],
    ['SELECT Id FROM Lead WHERE A = 1 GROUP BY Id', /GROUP/],
    ['SELECT Id FROM Lead USING SCOPE mine', /USING/],
    ['SELECT Id FROM Lead WHERE ', /empty/],
    ["SELECT Id FROM Lead WHERE A = 'x", /quote/],
    ['SELECT Id FROM Lead WHERE (A = 1', /parenthesis/],
    ['SELECT Id FROM Lead WHERE A = 1)', /parenthesis/],
  ])('is refused where it cannot be read in pages: %s', (text, why) => {
    expect(() => parseQuery(text)).toThrow(
      expect.objectContaining({ code: 'source-query-failed', message: expect.stringMatching(why) }),
    );
  });

  it('has conditions that stay within the parentheses put around them', () => {
    expect(checkCondition(" A = ')' ; ", 'it')).toBe("A = ')'");
    for (const text of ['A = 1) OR (B = 2', 'A = 1 LIMIT 1', "A = '", '', ';'])
      expect(() => checkCondition(text, 'it')).toThrow(expect.objectContaining({ code: 'source-query-failed' }));
  });
});

describe('values', () => {
  it.each([
    ['1.25E7', '12500000'],
    ['3.5E8', '350000000'],
    ['-1.0E10', '-10000000000'],
    ['1.2345678901234567E9', '1234567890.1234567'],
    ['1.0E-5', '0.00001'],
    ['-2.5E-3', '-0.0025'],
    ['19.9', '19.9'],
    ['900.0', '900.0'],
    ['9007199254740993.25', '9007199254740993.25'],
  ])('a number keeps its digits: %s is %s', (written, plain) => {
    expect(plainNumber(written)).toBe(plain);
  });

  it('are the same text whichever API wrote them', () => {
    const time = { kind: 'timestamptz' } as const;
    expect(cellOf('2026-11-20T10:00:00.000+0000', time)).toBe('2026-11-20T10:00:00.000Z');
    expect(cellOf('2026-11-20T10:00:00.000Z', time)).toBe('2026-11-20T10:00:00.000Z');
    expect([cellOf(true, { kind: 'boolean' }), cellOf('true', { kind: 'boolean' })]).toEqual(['true', 'true']);
    expect(cellOf(undefined, { kind: 'text' })).toBeNull();
    expect(cellOf('1E5', { kind: 'text' })).toBe('1E5');
  });

  it('of CSV are taken out of their quotes, over lines and commas', () => {
    expect(csvRows('"a","b"\n"x, ""y""\nz",""\n')).toEqual([
      ['a', 'b'],
      ['x, "y"\nz', ''],
    ]);
    expect(csvRows('a,b\r\n1,\r\n,2\r\n')).toEqual([
      ['a', 'b'],
      ['1', ''],
      ['', '2'],
    ]);
    expect(csvRows('a,b\n1,2')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(csvRows('')).toEqual([]);
    expect(() => csvRows('"a')).toThrow(TypeError);
  });
});

describe('errors of the client', () => {
  const answer = (errorCode: string, message: string) => ({
    errorCode: 'ERROR_HTTP_400',
    message: JSON.stringify([{ errorCode, message }]),
  });
  const values = "\nSELECT Id FROM Lead WHERE Email = 'ada@example.com'\n ^\nERROR at Row:1:Column:8\n";

  it.each([
    ['INVALID_FIELD', "No such column 'Emial' on entity 'Lead'.", 'unknown-column', 'Emial'],
    ['INVALID_TYPE', "sObject type 'Leed' is not supported.", 'unknown-table', 'Leed'],
    ['MALFORMED_QUERY', "unexpected token: 'FORM'", 'source-query-failed', 'row 1, column 8'],
    ['INSUFFICIENT_ACCESS', 'insufficient access rights', 'source-permission', 'may not read'],
    ['API_DISABLED_FOR_ORG', 'The REST API is not enabled', 'source-permission', 'not enabled'],
    ['QUERY_TIMEOUT', 'Your query request was running for too long.', 'source-query-failed', 'time limit'],
    ['SERVER_UNAVAILABLE', 'try again', 'source-interrupted', 'not available'],
    ['ERROR_HTTP_502', 'bad gateway', 'source-interrupted', 'not available'],
    ['SOMETHING_NEW', 'who knows', 'source-query-failed', 'SOMETHING_NEW'],
    ['<b>odd</b>', 'who knows', 'source-query-failed', 'an error'],
  ])('become codes, without a value of the query: %s', (code, message, expected, said) => {
    const error = translate(answer(code, values + message), 'read a page of Lead', 'https://acme.example');
    expect(error).toMatchObject({ code: expected, message: expect.stringContaining(said) });
    expect(`${error.message} ${error.hint} ${String(error.cause)}`).not.toContain('ada@example.com');
  });

  it('tell a bad network from a bad sign-in', () => {
    const fetchFailed = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
    expect(translateSignIn(fetchFailed, 'https://acme.example')).toMatchObject({ code: 'source-unreachable' });
    const certificate = Object.assign(new TypeError('fetch failed'), { cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' } });
    expect(translateSignIn(certificate, 'https://acme.example')).toMatchObject({ code: 'source-tls' });
    expect(translateSignIn({ name: 'ERROR_HTTP_503', message: '<html>' }, 'x')).toMatchObject({
      code: 'source-interrupted',
    });
    expect(translateSignIn({ name: 'inactive_user', message: 'user is inactive' }, 'x')).toMatchObject({
      code: 'source-login-failed',
      hint: expect.stringContaining('activate'),
    });
    expect(translate(Object.assign(new Error('x'), { name: 'AbortError' }), 'read', 'x')).toMatchObject({
      code: 'source-interrupted',
      hint: expect.stringContaining('statement_timeout'),
    });
    expect(apiError(new Error('x'))).toBeUndefined();
  });
});

describe('a URL of init', () => {
  it('gives the place, and both halves of the key as secrets', () => {
    expect(salesforceUrl('salesforce://3MVG9.a:s%2Fx@acme.my.salesforce.com')).toMatchObject({
      options: { login_url: { value: 'https://acme.my.salesforce.com' } },
      secrets: { client_id: '3MVG9.a', client_secret: 's/x' },
      name: 'acme',
    });
    for (const text of ['salesforce://acme.my.salesforce.com', 'salesforce://id@acme.my.salesforce.com', 'nonsense'])
      expect(salesforceUrl(text)).toBeUndefined();
  });
});

describe('the stand-in', () => {
  it('makes Ids as Salesforce does: 62 digits in the order of their codes, and three letters for the case', () => {
    expect(withChecks('0013000001G5x2L')).toBe('0013000001G5x2LAAR');
    expect(withChecks('001A0000006Vm9r')).toBe('001A0000006Vm9rIAC');
    const ids = Array.from({ length: 5_000 }, (_, n) => recordId('00Q', n));
    expect([...ids].sort(compareIds)).toEqual(ids);
    expect(ids.slice(0, 63).at(-1)).toContain('000000000010');
  });

  it.each([
    ['SELECT Id FROM Lead WHERE A = 1 AND B = 2 OR C = 3', 'OR'],
    ['SELECT Id FROM Lead WHERE A = 1 ORDER BY', '<EOF>'],
    ['SELECT Id FROM Lead l', 'l'],
    ['SELECT Id FROM Lead WHERE A == 1', '='],
    ['SELECT Id FROM Lead -- why', '-'],
  ])('refuses what SOQL refuses: %s', (soql, token) => {
    expect(() => parseSoql(soql)).toThrow(
      expect.objectContaining({
        errorCode: 'MALFORMED_QUERY',
        message: expect.stringContaining(`unexpected token: '${token}'`),
      }),
    );
  });

  it('reads what SOQL takes', () => {
    const { condition, order, limit } = parseSoql(
      "SELECT Id, Owner.Name FROM Lead WHERE (A >= 2026-11-20T10:00:00.000Z AND (B > -1.5 OR NOT C LIKE 'x%')) ORDER BY A DESC, Id LIMIT 10",
    );
    expect(condition).toMatchObject({
      kind: 'and',
      parts: [{ operator: '>=' }, { kind: 'or', parts: [{}, { kind: 'not' }] }],
    });
    expect(order.map(({ path, descending }) => [path, descending])).toEqual([
      ['A', true],
      ['Id', false],
    ]);
    expect(limit).toBe(10);
  });
});
