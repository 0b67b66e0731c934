import type { Dialect } from '../sql/dialect.ts';
import { boundAs, quote, readAs } from './column-types.ts';

/** Single comparisons: files are left out by the first term, which bounds the cursor alone. */
export const dialect: Dialect = { quote, rowComparison: false, read: readAs, bound: boundAs };
