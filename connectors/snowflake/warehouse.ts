/** What the warehouse of a session costs, and what would make it cheaper. */
import type { Advice } from '../connector.ts';
import { dialect } from './dialect.ts';
import type { Session } from './session.ts';

/** Credits an hour by size, of a standard warehouse (https://docs.snowflake.com/en/user-guide/warehouses-overview, November 2026). */
const CREDITS: Readonly<Record<string, number>> = {
  'X-Small': 1,
  Small: 2,
  Medium: 4,
  Large: 8,
  'X-Large': 16,
  '2X-Large': 32,
  '3X-Large': 64,
  '4X-Large': 128,
};

/** Nothing is billed shorter than this each time a warehouse wakes. */
const LEAST_SECONDS = 60;

export async function warehouseAdvice({ show }: Session, name: string | undefined): Promise<Advice[]> {
  if (name === undefined) {
    return [
      {
        isGood: false,
        text: 'no warehouse is chosen, and reading needs one',
        cure: 'write warehouse: in the connection, and GRANT USAGE ON WAREHOUSE to its role',
      },
    ];
  }
  const like = name.replaceAll(/['\\]/g, '');
  const found = await show(`SHOW WAREHOUSES LIKE '${like}'`, 'look at the warehouse').catch(() => []);
  const warehouse = found.find((row) => row.name === name);
  return warehouse === undefined ? [] : [sizeAdvice(name, warehouse), sleepAdvice(name, warehouse)];
}

function sizeAdvice(name: string, { size = '' }: Readonly<Record<string, string>>): Advice {
  const credits = CREDITS[size];
  const isSmall = size === 'X-Small';
  const price =
    credits === undefined ? '' : `: ${credits} ${credits === 1 ? 'credit' : 'credits'} an hour while it is awake`;
  return {
    isGood: isSmall,
    text: `warehouse ${name} is ${size}${price}`,
    ...(isSmall
      ? {}
      : {
          cure: 'each size up doubles the price; a warehouse of its own keeps this reading apart from other work',
          paste: `CREATE WAREHOUSE CAPI_WH WAREHOUSE_SIZE = 'XSMALL' AUTO_SUSPEND = ${LEAST_SECONDS} AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE;`,
        }),
  };
}

function sleepAdvice(name: string, warehouse: Readonly<Record<string, string>>): Advice {
  const seconds = Number(warehouse.auto_suspend);
  const least = `each time it wakes, at least ${LEAST_SECONDS} s are billed`;
  if (seconds > 0 && seconds <= LEAST_SECONDS) {
    return { isGood: true, text: `warehouse ${name} sleeps ${seconds} s after the last query; ${least}` };
  }
  const when = seconds > 0 ? `only ${seconds} s after the last query` : 'never';
  return {
    isGood: false,
    text: `warehouse ${name} sleeps ${when}, which is billed after every run; ${least}`,
    paste: `ALTER WAREHOUSE ${dialect.quote(name)} SET AUTO_SUSPEND = ${LEAST_SECONDS};`,
  };
}
