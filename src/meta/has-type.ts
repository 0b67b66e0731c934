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
      return typeof value === 'number' && Number.isInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'string-list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'integer-list':
      return Array.isArray(value) && value.every((item) => Number.isInteger(item));
    case 'object':
      return isObject(value);
    case 'object-list':
      return Array.isArray(value) && value.every(isObject);
  }
};
