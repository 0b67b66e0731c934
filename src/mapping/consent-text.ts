import type { MappingFile } from '../config/mapping-schema.ts';

const PARTS = ['require', 'limited_data_use'] as const;

/**
 * What a run's record keeps of consent: the conditions as the mapping had them when it ran, one a line, so that it can be shown later by
 * which rule people were sent. Undefined where the mapping has none. Texts of the file, never values of a row.
 */
export const consentText = ({ consent, event }: Pick<MappingFile, 'consent' | 'event'>): string | undefined => {
  const lines = PARTS.flatMap((key) => (consent?.[key] === undefined ? [] : [`${key}: ${written(consent[key])}`]));
  // Not a sign of consent to Meta, but a person's choice all the same: no use for the delivery of ads.
  if (event.opt_out !== undefined && event.opt_out !== null) lines.push(`opt_out: ${written(event.opt_out)}`);
  return lines.length === 0 ? undefined : lines.join('\n');
};

const written = (value: unknown): string =>
  typeof value === 'string' ? value.trim().replace(/\s*\n\s*/g, ' ') : JSON.stringify(value);
