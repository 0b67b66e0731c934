import { inspect } from 'node:util';

/** A text that must not be shown. Every way of printing it gives `[secret]`; only `reveal()` gives the text. */
export type Secret = {
  readonly reveal: () => string;
  readonly toString: () => string;
  readonly toJSON: () => string;
};

const SHOWN = '[secret]';

/** Wraps a text. The text lives in a closure, so that no printer, spread or structured clone can reach it. */
export function secret(text: string): Secret {
  const wrapped = {
    reveal: () => text,
    toString: () => SHOWN,
    toJSON: () => SHOWN,
    [inspect.custom]: () => SHOWN,
    [Symbol.toPrimitive]: () => SHOWN,
  };
  return Object.freeze(wrapped);
}
