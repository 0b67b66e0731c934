import type { Dialect } from '../sql/dialect.ts';
import { quotedBy } from '../sql/server-url.ts';
import { boundAs, readAs } from './column-types.ts';

/** Single comparisons: partitions are left out by the first term, which bounds the cursor alone. */
export const dialect: Dialect = { quote: quotedBy('"'), rowComparison: false, read: readAs, bound: boundAs };
