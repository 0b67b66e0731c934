/** What columns of orders, leads and customers are called, beside those of contact data (src/quality/typical-columns.ts). To propose a mapping, never to make one. */
import type { Column } from '../../connectors/connector.ts';

/** Lower case, without separators: `Updated_At` and `UpdatedAt` are one name. */
export const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const WHEN = '(?:at|on|date|time|timestamp|datetime|ts|utc)';
const UPDATED = new RegExp(
  `^(?:row|record|sys|hs|file)?(?:last)?(?:updated?|modif(?:y|ied)|changed?|edited)${WHEN}?$|^(?:date|time)(?:last)?(?:updated|modified|changed)$|^systemmodstamp$|^mtime$`,
);
const CREATED = new RegExp(
  `^(?:row|record|sys)?(?:created?|creation|inserted|added|registered|received|submitted)${WHEN}?$|^(?:date|time)(?:created|added)$|^ctime$|^(?:signup|registration)${WHEN}$`,
);
const HAPPENED = new RegExp(
  `^(?:paid|purchased?|ordered|order|invoiced?|sold|sale|booked|booking|payment|completed|transaction|converted|placed)${WHEN}$`,
);

export const isUpdated = (name: string): boolean => UPDATED.test(plain(name));
export const isCreated = (name: string): boolean => CREATED.test(plain(name));
export const isHappened = (name: string): boolean => HAPPENED.test(plain(name));

const TIMES: ReadonlySet<string> = new Set(['timestamp', 'timestamptz', 'date']);
/** Types that SQLite columns of times have as well. */
const LOOSE: ReadonlySet<string> = new Set(['text', 'unknown', 'integer']);

export const isTime = ({ kind }: Column): boolean => TIMES.has(kind);
/** A time by its type, or by its name where the type leaves it open. */
export const mayBeTime = (column: Column, isLoose: boolean): boolean =>
  isTime(column) ||
  (isLoose && LOOSE.has(column.kind) && (isUpdated(column.name) || isCreated(column.name) || isHappened(column.name)));

const VALUES = [
  'grandtotal',
  'ordertotal',
  'invoicetotal',
  'totalamount',
  'totalprice',
  'amounttotal',
  'total',
  'totalvalue',
  'amountpaid',
  'paidamount',
  'ordervalue',
  'amount',
  'grossamount',
  'revenue',
  'value',
  'price',
  'netamount',
  'subtotal',
];
const CURRENCIES = ['currency', 'currencycode', 'ordercurrency', 'currencyiso', 'curr'];
const ORDER_IDS = [
  'orderno',
  'ordernumber',
  'ordernr',
  'orderid',
  'orderref',
  'orderreference',
  'invoiceno',
  'invoicenumber',
  'transactionid',
  'bookingnumber',
  'bookingreference',
  'reference',
  'number',
];
const STATUSES = ['status', 'orderstatus', 'paymentstatus', 'financialstatus', 'stage', 'leadstatus'];
const NUMBERS: ReadonlySet<string> = new Set(['integer', 'decimal', 'float', 'text', 'unknown']);

const firstOf = (columns: readonly Column[], names: readonly string[]): Column | undefined => {
  for (const name of names) {
    const found = columns.find((column) => plain(column.name) === name);
    if (found) return found;
  }
  return undefined;
};

/** The amount of a row, and whether its name says that it counts minor units. */
export const valueColumn = (columns: readonly Column[]): { column: Column; isMinor: boolean } | undefined => {
  const numbers = columns.filter(({ kind }) => NUMBERS.has(kind));
  const column = firstOf(numbers, VALUES);
  if (column) return { column, isMinor: false };
  const minor = firstOf(
    numbers,
    VALUES.flatMap((name) => [`${name}cents`, `${name}incents`, `${name}minor`]),
  );
  return minor && { column: minor, isMinor: true };
};
export const currencyColumn = (columns: readonly Column[]): Column | undefined => firstOf(columns, CURRENCIES);
export const orderIdColumn = (columns: readonly Column[]): Column | undefined => firstOf(columns, ORDER_IDS);
export const statusColumn = (columns: readonly Column[]): Column | undefined => firstOf(columns, STATUSES);
