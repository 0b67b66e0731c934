/** Every generated block of the docs by its name, and the files that hold blocks. */
import { connectorTable } from './connector-table.ts';
import {
  checkCodes,
  errorClasses,
  lintCodes,
  metaErrors,
  metaSubcodes,
  rejectionCodes,
  unreadableCodes,
} from './error-tables.ts';
import {
  columnKinds,
  exampleRow,
  failingExamples,
  functions,
  nullExamples,
  ordinaryExamples,
} from './expression-tables.ts';
import { faults, whenSettings } from './fault-tables.ts';
import { logEvents, metrics } from './metric-tables.ts';
import {
  actionSources,
  dropReasons,
  lduStates,
  messagingChannels,
  messagingEvents,
  normalForms,
  parameterTable,
  standardEvents,
  userDataTable,
  weakCombinations,
} from './parameter-tables.ts';
import { estimateBands, keyWeights, personalKeys } from './quality-tables.ts';
import { configKeys, connectionKeys, mappingKeys, stateKeys } from './schema-tables.ts';

export const GENERATED_BLOCKS: Readonly<Record<string, () => string>> = {
  connectors: connectorTable,
  'config-keys': configKeys,
  'state-keys': stateKeys,
  'connection-keys': connectionKeys,
  'mapping-keys': mappingKeys,
  'event-parameters': () => parameterTable('event'),
  'user-data-parameters': userDataTable,
  'normal-forms': normalForms,
  'drop-reasons': dropReasons,
  'custom-data-parameters': () => parameterTable('custom_data'),
  'content-item-parameters': () => parameterTable('custom_data.contents'),
  'app-data-parameters': () => parameterTable('app_data'),
  'original-event-parameters': () => parameterTable('original_event_data'),
  'attribution-parameters': () => parameterTable('attribution_data'),
  'attribution-setting-parameters': () => parameterTable('attribution_data.attribution_setting'),
  'store-parameters': () => parameterTable('custom_data.store_data'),
  'action-sources': actionSources,
  'messaging-channels': messagingChannels,
  'messaging-events': messagingEvents,
  'standard-events': standardEvents,
  'weak-combinations': weakCombinations,
  'ldu-states': lduStates,
  'column-kinds': columnKinds,
  'example-row': exampleRow,
  'ordinary-examples': ordinaryExamples,
  'null-examples': nullExamples,
  'failing-examples': failingExamples,
  functions,
  'lint-errors': () => lintCodes('error'),
  'lint-warnings': () => lintCodes('warning'),
  'rejection-codes': rejectionCodes,
  'unreadable-codes': unreadableCodes,
  'check-codes': checkCodes,
  'error-classes': errorClasses,
  'meta-errors': metaErrors,
  'meta-subcodes': metaSubcodes,
  'key-weights': keyWeights,
  'personal-keys': personalKeys,
  'estimate-bands': estimateBands,
  metrics,
  'log-events': logEvents,
  faults,
  'when-settings': whenSettings,
};

export const GENERATED_FILES = [
  'connectors.md',
  'mapping.md',
  'parameters.md',
  'expressions.md',
  'errors.md',
  'sandbox.md',
  'operations.md',
  'match-quality-estimate.md',
] as const;
