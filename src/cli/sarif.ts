/**
 * Diagnostics as SARIF 2.1.0 (OASIS, 2020), which code review shows beside the lines. Certain cures are given as fixes.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html (read 2026-11-24)
 */
import type { Diagnostic } from '../config/diagnostic.ts';
import { LINT_CODES } from '../lint/lint-codes.ts';
import { VERSION } from './version.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

export const sarifLog = (diagnostics: readonly Diagnostic[]): object => {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'capi-sync', semanticVersion: VERSION, rules: codes.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: 'The folder in which capi-sync was started.' } } },
        results: diagnostics.map((each) => resultOf(each, codes)),
      },
    ],
  };
};

const ruleOf = (id: string): object => {
  const known = Object.hasOwn(LINT_CODES, id) ? LINT_CODES[id as keyof typeof LINT_CODES] : undefined;
  return {
    id,
    shortDescription: { text: known?.meaning ?? id.replaceAll('-', ' ') },
    ...(known && { help: { text: known.cure } }),
    defaultConfiguration: { level: known?.severity ?? 'error' },
  };
};

const resultOf = (diagnostic: Diagnostic, codes: readonly string[]): object => {
  const { file, line, column, endColumn, severity, code, message, hint, instead } = diagnostic;
  const region = { startLine: line, startColumn: column, ...(endColumn !== undefined && { endColumn }) };
  const artifactLocation = { uri: file.split(/[\\/]/).map(encodeURIComponent).join('/'), uriBaseId: 'SRCROOT' };
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: hint === undefined ? message : `${message}; ${hint}` },
    locations: [{ physicalLocation: { artifactLocation, region } }],
    ...(instead !== undefined && {
      fixes: [
        {
          description: { text: `write ${instead}` },
          artifactChanges: [
            { artifactLocation, replacements: [{ deletedRegion: region, insertedContent: { text: instead } }] },
          ],
        },
      ],
    }),
  };
};
