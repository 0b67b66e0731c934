// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
/** What `source.mode` and `emit` ask of the rest of a mapping, and of the config file. */
import type { Diagnostic } from './diagnostic.ts';
import { isBroken, nodeAt, report, textAt, valueAt, type YamlTree } from './yaml-tree.ts';

const MODE = ['source', 'mode'];

/** @param config absent when config.yaml could not be parsed */
export function checkMode(tree: YamlTree, config: YamlTree | undefined): Diagnostic[] {
  return [
    ...(textAt(tree, MODE) === 'snapshot' ? checkSnapshot(tree, config) : checkCursor(tree)),
    ...checkEmitKey(tree),
  ];
}

function checkSnapshot(tree: YamlTree, config: YamlTree | undefined): Diagnostic[] {
  const found: Diagnostic[] = [];
  if (valueAt(tree, ['source', 'cursor']) !== undefined) {
    const message = 'a snapshot has no cursor: it compares all rows';
    const hint = 'remove source.cursor, or source.mode: a cursor that works reads less';
    found.push(report(tree, ['source', 'cursor'], { code: 'conflicting-keys', message, hint, which: 'key' }));
  }
  if (config && valueAt(config, ['state', 'secret']) === undefined && !isBroken(config, ['state'])) {
    const message = 'a snapshot keeps hashes of rows, and their key is not set: state.secret in the config file';
    const hint = 'add secret: ${STATE_SECRET} to state, and make its value with: openssl rand -hex 32';
    found.push(report(tree, MODE, { code: 'state-secret-missing', message, hint }));
  }
  return found;
}

function checkCursor(tree: YamlTree): Diagnostic[] {
  const path = ['source', 'snapshot'];
  if (nodeAt(tree, path) === undefined) return [];
  const message = 'these are settings of a snapshot, and the mapping reads by a cursor';
  const hint = 'add mode: snapshot to source, or remove them';
  return [report(tree, path, { code: 'conflicting-keys', message, hint, which: 'key' })];
}

/** The ledger would know the order after its first event, and drop the rest. */
function checkEmitKey(tree: YamlTree): Diagnostic[] {
  const emit = valueAt(tree, ['emit']);
  if (emit === undefined || emit === 'once' || isBroken(tree, ['emit'])) return [];
  if (textAt(tree, ['dedup', 'key']) !== 'order_id') return [];
  const message = 'order_id lets one event through for each order, and emit asks for several of a row';
  const hint = 'use dedup.key: event_id, which follows from emit; or emit: once, for what must count once';
  return [report(tree, ['dedup', 'key'], { code: 'emit-needs-event-id', message, hint })];
}
