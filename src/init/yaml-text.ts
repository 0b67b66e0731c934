/** Names as YAML and as expressions. */

/** Words of CEL and of our functions that no bare column can be called. */
const WORDS = new Set(
  'as bool break bytes coalesce const continue date double duration dyn else false for function has if import in int json let list loop lower map matches namespace null number package replace return row size split string timestamp trim true type uint upper var void while'.split(
    ' ',
  ),
);

/** `=email`, or `'=row["E-Mail"]'` where the name is no word. */
export const expression = (column: string): string =>
  /^[A-Za-z_]\w*$/.test(column) && !WORDS.has(column.toLowerCase())
    ? `=${column}`
    : `'=row[${JSON.stringify(column).replaceAll("'", "''")}]'`;

const AMBIGUOUS = /^(?:y|n|yes|no|on|off|true|false|null|~)$/i;

/** A scalar that YAML reads as this very text. */
export const scalar = (text: string): string =>
  /^[A-Za-z_][\w.]*$/.test(text) && !AMBIGUOUS.test(text) ? text : JSON.stringify(text);

/** A name as mappings and connections take it: `^[a-z][a-z0-9-]*$`. */
export const asName = (text: string, otherwise: string): string => {
  const name = text
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return name === '' ? otherwise : name;
};
