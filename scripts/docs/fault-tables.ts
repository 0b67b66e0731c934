/** Faults of the sandbox, from the table that `--fault` is read by. */
import { FAULT_KINDS, type Setting, WHEN_SETTINGS } from '../../src/sandbox/fault-kinds.ts';
import { code, table } from './markdown.ts';

const setting = ({ key, allowed, value, says }: Setting): string =>
  `${code(key)}: ${allowed}${value === undefined ? '' : `, default ${code(String(value))}`}${says ? ` (${says})` : ''}`;

export const faults = (): string =>
  table(
    ['fault', 'what happens', 'settings'],
    Object.entries(FAULT_KINDS).map(([kind, { says, settings }]) => [
      code(kind),
      says,
      settings.map(setting).join('; '),
    ]),
  );

export const whenSettings = (): string => WHEN_SETTINGS.map((each) => `- ${setting(each)}`).join('\n');
