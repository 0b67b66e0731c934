/** The metrics and the log of `start`, for docs/operations.md. */
import { LOG_EVENTS } from '../../src/observe/log.ts';
import { METRICS } from '../../src/observe/metric-table.ts';
import { code, listed, table } from './markdown.ts';

export const metrics = (): string =>
  table(
    ['metric', 'type', 'labels', 'meaning'],
    Object.entries(METRICS).map(([name, { type, labels, help }]) => [code(name), type, listed(labels), help]),
  );

export const logEvents = (): string =>
  table(
    ['`event`', 'level', 'what happened'],
    Object.entries(LOG_EVENTS).map(([event, [level, message]]) => [code(event), level, message]),
  );
