/**
 * Titles and forms of address in front of a name. Only those that are no name themselves: Don, Lady, Pan, Sri, Ing, M and Fr are left alone, because
 * people are called so or it is an initial. Those in DOTTED count only with their dot.
 */
const PLAIN =
  'mr mrs ms mx miss mister sir madam dr doctor doktor prof professor rev reverend herr frau fräulein monsieur madame mademoiselle mme mlle ' +
  'señor señora señorita sr sra srta dra doña signor signora signorina dottoressa dott.ssa sig.ra senhor senhora dhr meneer mevrouw mevr господин госпожа';
const DOTTED = 'dipl.-ing ing dott sig hr mw';
/** What stands after Dr.: Dr. med., Dr. rer. nat., Dr.-Ing., Dr. h. c. */
const FACULTY = '(?:-ing\\.|\\s*(?:med|dent|vet|phil|jur|iur|rer|nat|pol|oec|habil)\\.|\\s*h\\.\\s*c\\.)*';

const alternatives = (words: string): string => words.replaceAll('.', '\\.').split(' ').join('|');

const compile = (): RegExp =>
  new RegExp(
    `^(?:dr\\.?${FACULTY}(?<=\\.)\\s*|(?:${alternatives(PLAIN)})(?:\\.\\s*|\\s+)|(?:${alternatives(DOTTED)})\\.\\s*)(?=.*\\p{L})`,
    'isu',
  );

let title: RegExp | undefined;

/** Letters that a title begins with; most names are done with after a look at their first. */
const INITIALS = 'mdprhfsigMDPRHFSIGгГ';

/** A trimmed name without its leading titles; the last word always stays. Mr, Dr. Dr. and Frau Prof. go, a lone Herr is a name. */
export const withoutTitles = (name: string): string => {
  if (!INITIALS.includes(name.charAt(0))) return name;
  title ??= compile();
  let rest = name;
  for (;;) {
    const found = title.exec(rest);
    if (found === null) return rest;
    rest = rest.slice(found[0].length);
  }
};
