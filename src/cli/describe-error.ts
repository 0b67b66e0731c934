/** Any error, as code, sentence and cure. Of an error that is not ours only its kind is shown: its text could hold a value or a secret. */
import { toRunError } from '../sync/run-mapping.ts';

export const describeError = toRunError;
