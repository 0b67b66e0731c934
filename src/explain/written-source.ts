/** A value of a mapping file as its author wrote it, on one line: `=email`, `{ value: =em_sha256, hashed: true }`. Holds no value of a row. */
export const writtenSource = (written: unknown): string => {
  if (Array.isArray(written)) return `[${written.map(writtenSource).join(', ')}]`;
  if (typeof written !== 'object' || written === null) return String(written).trim().replaceAll(/\s+/g, ' ');
  const entries = Object.entries(written).map(([key, value]) => `${key}: ${writtenSource(value)}`);
  return `{ ${entries.join(', ')} }`;
};
