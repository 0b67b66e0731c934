/** Validators by `validatorKey`. None here: the build puts them in this file's place, compiled from the schemas of that moment. */
import type { ValidateFunction } from 'ajv/dist/2020.js';

export const compiledValidators: Readonly<Record<string, ValidateFunction>> = {};
