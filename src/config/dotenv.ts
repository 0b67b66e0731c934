/** One line of a `.env` file that could not be read. Its text is not kept: it may well be a secret. */
export type DotenvProblem = { readonly line: number; readonly message: string };

export type Dotenv = { readonly values: ReadonlyMap<string, string>; readonly problems: readonly DotenvProblem[] };

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=[ \t]*(.*)$/s;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };

/**
 * Reads KEY=VALUE lines: comments, `export`, 'single' (as it stands) and "double" quotes (with \n \t \" \\), both over
 * several lines if need be. Unquoted values end at ` #`. The last line of a key wins. Values are never expanded.
 */
export function parseDotenv(text: string): Dotenv {
  const values = new Map<string, string>();
  const problems: DotenvProblem[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    const content = lines[index] ?? '';
    if (/^\s*(#|$)/.test(content)) continue;
    const assignment = ASSIGNMENT.exec(content);
    if (!assignment) {
      problems.push({ line, message: 'expected NAME=value' });
      continue;
    }
    const [, name = '', rest = ''] = assignment;
    const quote = rest[0];
    if (quote !== '"' && quote !== "'") {
      values.set(name, rest.replace(/(^|\s+)#.*$/s, '').trim());
      continue;
    }
    let quoted = rest.slice(1);
    let end = closingQuote(quoted, quote);
    while (end < 0 && index + 1 < lines.length) {
      index += 1;
      quoted += `\n${lines[index]}`;
      end = closingQuote(quoted, quote);
    }
    if (end < 0) {
      problems.push({ line, message: `the quote of ${name} is never closed` });
      break;
    }
    if (!/^\s*(#.*)?$/.test(quoted.slice(end + 1))) {
      problems.push({ line, message: `there is text after the closing quote of ${name}` });
      continue;
    }
    const inner = quoted.slice(0, end);
    values.set(name, quote === "'" ? inner : inner.replace(/\\(.)/gs, (whole, letter) => ESCAPES[letter] ?? whole));
  }
  return { values, problems };
}

function closingQuote(text: string, quote: '"' | "'"): number {
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '\\' && quote === '"') index += 1;
    else if (text[index] === quote) return index;
  }
  return -1;
}
