/** Looks for a value in whatever form it could have leaked: plain, encoded, or hashed as Meta wants it. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Canary = {
  /** Names the canary in a report: the value itself is not shown. */
  readonly name: string;
  readonly value: string;
  /** What is hashed of it, where that is not the value in lower case. */
  readonly normal?: string;
};

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Base64 of a text at each of the three places it can have in a longer one, without the ends that its neighbours shape. */
const base64Forms = (bytes: Buffer): string[] =>
  [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '');
    return encoded.slice(shift === 0 ? 0 : shift + 1, encoded.length - 1);
  });

/** Needles in latin1, lower case: the haystack is lowered too. Raw digests are cut to 16 bytes, the length of a ledger's key. */
const formsOf = ({ value, normal = value.toLowerCase() }: Canary): Map<string, string> => {
  const bytes = Buffer.from(value);
  const forms = new Map<string, string>([
    ['plain', bytes.toString('latin1')],
    ['hex', bytes.toString('hex')],
    ['url-encoded', encodeURIComponent(value)],
  ]);
  for (const [shift, text] of base64Forms(bytes).entries()) {
    forms.set(`base64 at ${shift}`, text);
    forms.set(`base64url at ${shift}`, text.replaceAll('+', '-').replaceAll('/', '_'));
  }
  // As JSON writes what is not ASCII, and as forms write a space.
  forms.set(
    'escaped',
    value.replace(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
  forms.set('form-encoded', encodeURIComponent(value).replaceAll('%20', '+'));
  for (const [what, text] of [
    ['value', value],
    ['lower case', value.toLowerCase()],
    ['normal form', normal],
  ] as const) {
    const digest = sha256(text);
    forms.set(`sha256 of ${what}`, digest.toString('hex'));
    forms.set(`sha256 bytes of ${what}`, digest.subarray(0, 16).toString('latin1'));
    forms.set(`sha256 base64 of ${what}`, digest.toString('base64').slice(0, 40));
  }
  return new Map([...forms].map(([form, text]) => [form, text.toLowerCase()]));
};

export type Haystack = { readonly where: string; readonly bytes: Buffer };

/** @returns one line per hit: where, which canary, which form */
export const scanFor = (canaries: readonly Canary[], haystacks: readonly Haystack[]): string[] => {
  const needles = canaries.map((canary) => ({ canary, forms: formsOf(canary) }));
  return haystacks.flatMap(({ where, bytes }) => {
    const text = bytes.toString('latin1').toLowerCase();
    return needles.flatMap(({ canary, forms }) =>
      [...forms].filter(([, form]) => text.includes(form)).map(([form]) => `${where}: ${canary.name} (${form})`),
    );
  });
};

/** Every file below a folder. */
export const filesBelow = (dir: string, name = ''): Haystack[] => {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return filesBelow(path, `${name}${entry.name}/`);
    return [
      { where: `name of ${name}`, bytes: Buffer.from(entry.name) },
      { where: `${name}${entry.name}`, bytes: readFileSync(path) },
    ];
  });
};
