import { readFile, stat } from 'node:fs/promises';
import type { Diagnostic } from './diagnostic.ts';
import { parseDotenv } from './dotenv.ts';
import type { Environment } from './environment.ts';

const MAX_DOTENV_BYTES = 64 * 1024;

/**
 * The environment with what `.env` adds to it; what is set already wins. A `.env` that cannot be read or holds lines that make
 * no sense is warned of. Its lines are never shown: they are secrets.
 */
export async function loadEnvironment(
  path: string,
  file: string,
  environment: Environment,
): Promise<{ environment: Environment; diagnostics: Diagnostic[] }> {
  const warn = (line: number, message: string): Diagnostic => ({
    file,
    line,
    column: 1,
    severity: 'warning',
    code: 'bad-env-file',
    message,
  });
  let text: string;
  try {
    const facts = await stat(path);
    if (!facts.isFile() || facts.size > MAX_DOTENV_BYTES) {
      return { environment, diagnostics: [warn(1, 'not read: it is no regular file of at most 64 KiB')] };
    }
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { environment, diagnostics: [] };
    return { environment, diagnostics: [warn(1, 'it cannot be read as UTF-8 text')] };
  }
  const { values, problems } = parseDotenv(text);
  return {
    environment: { ...Object.fromEntries(values), ...environment },
    diagnostics: problems.map(({ line, message }) => warn(line, message)),
  };
}
