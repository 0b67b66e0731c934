import { literalParts } from './substitute.ts';
import { type Path, pointerOf, type Span, type YamlTree } from './yaml-tree.ts';

/** Keys whose values are secrets, wherever they stand in config.yaml. */
const SECRET_KEY =
  /^(?:.*[_-])?(?:password|passwd|passphrase|pwd|token|secret|private[_-]?key|api[_-]?key|key_?file_?content|credentials)$/i;

/** The password of a URL: `scheme://user:password@`. */
const URL_PASSWORD = /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s@]+)@/i;

const MASK = '*';

export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** Whether a value is a secret by its key, or stands inside something that is. */
export function isSecretPath(path: Path): boolean {
  // Whoever knows the address of a webhook can post to it.
  if (path[0] === 'alerts' && path.at(-1) === 'url') return true;
  // Whatever a header of the traces is called, it is there to let somebody in.
  if (path[0] === 'traces' && path[1] === 'headers') return true;
  return path.some((step) => typeof step === 'string' && isSecretKey(step));
}

/** The password in a URL, as it is written there; undefined when the text is no URL or holds none. */
export function passwordOfUrl(text: string): string | undefined {
  return URL_PASSWORD.exec(text)?.[1];
}

export type SecretPlace = {
  readonly path: Path;
  /** What must never be shown: the value with everything from outside in place; of a URL, itself and its password. */
  readonly texts: readonly string[];
  /** Some of the secret is written in the file itself. */
  readonly literal: boolean;
};

/** Every secret of a config file. `written` gives the text of a scalar before `${}` was replaced. */
export function findSecrets(tree: YamlTree): SecretPlace[] {
  const places: SecretPlace[] = [];
  const visit = (value: unknown, path: Path): void => {
    if (Array.isArray(value))
      value.forEach((each, index) => {
        visit(each, [...path, index]);
      });
    else if (typeof value === 'object' && value !== null) {
      for (const [key, each] of Object.entries(value)) visit(each, [...path, key]);
    } else if (typeof value === 'string' || typeof value === 'number') {
      const place = secretAt(tree, String(value), path);
      if (place) places.push(place);
    }
  };
  visit(tree.data, []);
  return places;
}

function secretAt(tree: YamlTree, value: string, path: Path): SecretPlace | undefined {
  const node = tree.nodes.get(pointerOf(path));
  if (!node) return undefined;
  const written = node.written ?? value;
  if (isSecretPath(path)) {
    return {
      path,
      texts: value === '' ? [] : [value],
      literal: literalSecret(written, node.substituted !== undefined),
    };
  }
  const password = passwordOfUrl(value);
  if (password === undefined && !passwordOfUrl(written)) return undefined;
  const inFile = passwordOfUrl(written.replace(/\$\{[^}\n]*\}/g, (reference) => literalParts(reference)));
  const texts = password === undefined ? [] : [value, password, decoded(password)];
  return { path, texts: [...new Set(texts)], literal: inFile !== undefined };
}

/** A secret is by reference when it is made of `${}` without defaults; a separator between two of them is no secret. */
function literalSecret(written: string, substituted: boolean): boolean {
  const literal = literalParts(written);
  return substituted ? literal.length > 2 : literal !== '';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A line that sets a secret, also in a comment or in a file that could not be parsed. */
const SECRET_LINE =
  /((?:^|[\s{,"'#])["']?(?:[\w-]*[_-])?(?:password|passwd|passphrase|pwd|token|secret|private[_-]?key|api[_-]?key)["']?\s*[:=][ \t]*)([^\n]+)/gim;

/** Access tokens of Meta begin so. */
const META_TOKEN = /\bEA[A-Za-z0-9]{16,}/g;

/**
 * The text of a file as it may be shown in a frame: every secret written in it covered by asterisks, of the same length, so that
 * no column moves. `spans` are the secrets that the parser found; the patterns find those it did not.
 */
export function maskSecrets(text: string, spans: readonly Span[] = []): string {
  let masked = text;
  for (const { start, end } of spans)
    masked = masked.slice(0, start) + cover(masked.slice(start, end)) + masked.slice(end);
  return masked
    .replace(SECRET_LINE, (_, key: string, value: string) => key + coverValue(value))
    .replace(META_TOKEN, cover)
    .replace(new RegExp(URL_PASSWORD.source, 'gi'), (url, password: string) => {
      const at = url.lastIndexOf(`:${password}@`) + 1;
      return url.slice(0, at) + cover(password) + url.slice(at + password.length);
    });
}

/** References stay readable, their defaults do not; blanks, quotes and comments stay. */
function cover(secret: string): string {
  return secret.replace(
    /\$\{([A-Za-z_]\w*)(?::-([^}\n]*))?\}|\$\{file:[^}\n]*\}|[^\s"'{}[\],]/g,
    (part, name, fallback) => {
      if (!part.startsWith('${')) return MASK;
      return fallback === undefined ? part : `\${${name}:-${MASK.repeat(fallback.length)}}`;
    },
  );
}

function coverValue(value: string): string {
  const comment = /\s#.*$/.exec(value);
  return comment ? cover(value.slice(0, comment.index)) + comment[0] : cover(value);
}
