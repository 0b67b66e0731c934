// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDotenv } from '../../../src/config/dotenv.ts';

const values = (text: string): Record<string, string> => Object.fromEntries(parseDotenv(text).values);

describe('parseDotenv', () => {
  it('reads plain, quoted and exported values, comments and CRLF', () => {
    const text = `# comment\r\nA=1\r\nexport B = two words # note\r\nC='a # b $x \\n'\r\nD="q\\"u\\n\\tx" # c\r\nE=\r\nF=a#b\r\nG=a=b\r\nH= # only a note\r\n`;
    expect(values(text)).toEqual({
      A: '1',
      B: 'two words',
      C: 'a # b $x \\n',
      D: 'q"u\n\tx',
      E: '',
      F: 'a#b',
      G: 'a=b',
      H: '',
    });
  });

  it('reads quoted values over several lines', () => {
    expect(values('KEY="-----BEGIN\nabc\n-----END"\nB=1\n')).toEqual({ KEY: '-----BEGIN\nabc\n-----END', B: '1' });
  });

  it('takes the last line of a key', () => {
    expect(values('A=1\nA=2\n')).toEqual({ A: '2' });
  });

  it('names the lines it cannot read and repeats nothing of them', () => {
    const { problems } = parseDotenv('no assignment\n1A=x\nA="b" c\nB="open\n');
    expect(problems.map(({ line }) => line)).toEqual([1, 2, 3, 4]);
    expect(JSON.stringify(problems)).not.toMatch(/assignment|open"/);
  });

  it('gives back any value that is written in double quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        fc.pre(!value.includes('\r'));
        const escaped = value.replace(/[\\"]/g, (letter) => `\\${letter}`);
        expect(values(`A="${escaped}"\n`)).toEqual({ A: value });
      }),
    );
  });
});
