import type { JsonType } from './parameter.ts';

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value is what the API takes for a parameter of this type. NaN and infinities are no JSON numbers. */
export const hasType = (value: unknown, type: JsonType): boolean => {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
    case 'unix-time':
      return typeof value === 'number' && Number.isInteger(value);
    case 'flag':
      return value === 0 || value === 1 || typeof value === 'boolean';
    case 'boolean':
      return typeof value === 'boolean';
    case 'string-list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'number-list':
      return Array.isArray(value) && value.every((item) => typeof item === 'number' && Number.isFinite(item));
    case 'object':
      return isObject(value);
    case 'object-list':
      return Array.isArray(value) && value.every(isObject);
  }
};
