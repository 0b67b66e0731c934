import type { Destination } from '../config/config-schema.ts';
import type { Diagnostic } from '../config/diagnostic.ts';
import { diagnosticAt, type LoadedMapping } from '../config/loaded-mapping.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { LINT_CODES, type LintCode } from './lint-codes.ts';

/** What the rules look at. Names and sources are known only where they are constants. */
export type LintSubject = {
  readonly loaded: LoadedMapping;
  readonly parsed: ParsedMapping;
  readonly destination: Destination | undefined;
  /** Kind of the source; undefined where that is not known. */
  readonly connector: string | undefined;
  readonly eventName: string | undefined;
  readonly actionSource: string | undefined;
  readonly userData: Readonly<Record<string, unknown>>;
  readonly customData: Readonly<Record<string, unknown>>;
};

export type LintRule = (subject: LintSubject) => readonly Diagnostic[];

export const lintSubject = (
  loaded: LoadedMapping,
  parsed: ParsedMapping,
  destination: Destination | undefined,
  connector?: string,
): LintSubject => {
  const { event } = loaded.mapping;
  return {
    loaded,
    parsed,
    destination,
    connector,
    eventName: isExpression(event.event_name) ? undefined : event.event_name,
    actionSource: isExpression(event.action_source) ? undefined : event.action_source,
    userData: event.user_data,
    customData: event.custom_data ?? {},
  };
};

export const isExpression = (value: unknown): value is string => typeof value === 'string' && value.startsWith('=');

/** Whether rows can have a value: it is there, and not null for ever. */
export const isMapped = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(typeof value === 'string' && /^=\s*null\s*$/.test(value));

/** The finding of a rule; its severity and hint are those of the code. `instead`: what `validate --fix` may write there. */
export const found = (
  { loaded }: LintSubject,
  code: LintCode,
  path: readonly (string | number)[],
  message: string,
  which?: 'key' | 'value',
  instead?: string,
): Diagnostic => {
  const { severity, cure } = LINT_CODES[code];
  return diagnosticAt(loaded, path, { code, severity, message, hint: cure, which, instead });
};
