/** Schemas of single values. `title` is how a value is called in a diagnostic: "expected <title>"; the first example is its cure. */
import Type, { type TSchema } from 'typebox';
import { DURATION_PATTERN } from './duration.ts';

/** A schema with words for it. */
type Words = {
  readonly title?: string;
  readonly description?: string;
  readonly examples?: unknown[];
  readonly default?: unknown;
};

/** The name of a mapping, connection or destination: a key of checkpoints and metrics, so it is kept plain. */
export const NAME_PATTERN = '^[a-z][a-z0-9-]*$';

/** Nothing that means something in a selector: blanks, commas, colons, stars. */
export const TAG_PATTERN = '^[A-Za-z0-9][A-Za-z0-9_./-]*$';

export const name = (description: string) =>
  Type.String({
    pattern: NAME_PATTERN,
    maxLength: 64,
    title: 'a name of lower-case letters, digits and hyphens',
    description,
    examples: ['shop-purchases'],
  });

export const text = (description: string, words: Words = {}) => Type.String({ minLength: 1, description, ...words });

export const duration = (description: string, words: Words = {}) =>
  Type.String({
    pattern: DURATION_PATTERN,
    title: 'a duration',
    description,
    examples: ['30s', '10m', '2h', '7d'],
    ...words,
  });

export const EXPRESSION_PATTERN = '^=\\s*\\S';

/** A text that starts with `=`: evaluated for each row. */
export const expression = (description: string) =>
  Type.String({ pattern: EXPRESSION_PATTERN, title: 'an expression', description, examples: ['=email'] });

/** A condition: an expression, or `true` or `false` for every row. */
export const condition = (description: string, example: string) =>
  Type.Union(
    [Type.Boolean(), Type.String({ pattern: EXPRESSION_PATTERN, title: 'an expression', examples: [example] })],
    {
      description,
      examples: [example],
    },
  );

/** One of a few words. */
export const oneOf = <Values extends string[]>(values: readonly [...Values], description: string, words: Words = {}) =>
  Type.Enum([...values] as [...Values], { description, ...words });

/** A constant or an expression, of whatever plain type. */
export const scalar = (words: Words = {}) =>
  Type.Unsafe<string | number>({
    type: ['string', 'number'],
    title: 'one value (a constant or an =expression)',
    ...words,
  });

/** A map of which every key is known. */
export const closed = <Properties extends Record<string, TSchema>>(properties: Properties, words: Words = {}) =>
  Type.Object(properties, { additionalProperties: false, ...words });

/** A map of names to things of one kind. */
export const named = <Each extends TSchema>(each: Each, description: string) =>
  Type.Unsafe<Record<string, Type.Static<Each>>>({
    type: 'object',
    minProperties: 1,
    patternProperties: { [NAME_PATTERN]: each },
    additionalProperties: false,
    description,
  });
