/** The stand-in of Salesforce under a shipped mapping: records of a fixture, and what happens to them between two runs. */
import { type Fields, instantText, type Value } from './salesforce-org.ts';
import { startSalesforce } from './salesforce-server.ts';
import { CLIENT_ID, CLIENT_SECRET } from './salesforce-tokens.ts';

/** `9h ago` stands for a time. */
export type SalesforceFixture = {
  readonly records: Readonly<Record<string, readonly Fields[]>>;
  readonly later: readonly { readonly object: string; readonly Id: string; readonly set: Fields }[];
};

export const openSalesforceOfMapping = async ({ records, later }: SalesforceFixture) => {
  const { org, url, close } = await startSalesforce();
  return {
    connection: `{ connector: salesforce, login_url: "${url}", client_id: ${CLIENT_ID}, client_secret: "\${file:source-url}" }`,
    url: CLIENT_SECRET,
    before: async () => {
      for (const [object, all] of Object.entries(records)) for (const fields of all) org.load(object, dated(fields));
    },
    later: async () => {
      for (const { object, Id, set } of later) org.update(object, Id, dated(set));
    },
    close,
  };
};

const dated = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]): [string, Value] => {
      const hours = typeof value === 'string' ? /^(\d+)h ago$/.exec(value)?.[1] : undefined;
      return [name, hours === undefined ? value : instantText(Date.now() - Number(hours) * 3_600_000)];
    }),
  );
