import { validateDetailed } from 'node-cron';
import { keysOf, shownText } from './check-config.ts';
import { checkMode } from './check-mode.ts';
import type { Diagnostic } from './diagnostic.ts';
import { suggest, surelyMeant } from './did-you-mean.ts';
import { isDuration, parseDuration } from './duration.ts';
import { isBroken, nodeAt, type Path, report, textAt, valueAt, type YamlTree } from './yaml-tree.ts';

/** What the schema of a mapping cannot say about one file. `config` is absent when config.yaml could not be parsed. */
export function checkMapping(tree: YamlTree, config: YamlTree | undefined): Diagnostic[] {
  return [
    ...(config ? [...checkConnection(tree, config), ...checkDestination(tree, config)] : []),
    ...checkMode(tree, config),
    ...checkSchedule(tree),
    ...checkTimezone(tree, ['source', 'timezone']),
    ...checkTimezone(tree, ['schedule', 'timezone']),
    ...checkStart(tree),
    ...checkWindow(tree),
    ...checkFreshness(tree),
    ...checkDigits(tree),
    ...checkAllowed(tree),
    ...checkMinorUnits(tree),
  ];
}

/** A name is the key of a checkpoint: two files cannot share one. */
export function checkMappingNames(trees: readonly YamlTree[]): Diagnostic[] {
  const first = new Map<string, YamlTree>();
  return trees.flatMap((tree) => {
    const name = textAt(tree, ['name']);
    if (name === undefined || name === '') return [];
    const earlier = first.get(name);
    if (!earlier) {
      first.set(name, tree);
      return [];
    }
    const message = `the name ${shownText(tree, ['name'], name)} is taken by ${earlier.file}`;
    return [
      report(tree, ['name'], { code: 'duplicate-mapping', message, hint: 'give each mapping a name of its own' }),
    ];
  });
}

function checkConnection(tree: YamlTree, config: YamlTree): Diagnostic[] {
  const path = ['source', 'connection'];
  return unknownName(tree, path, keysOf(config, ['connections']), 'unknown-connection', 'connection');
}

function checkDestination(tree: YamlTree, config: YamlTree): Diagnostic[] {
  const known = keysOf(config, ['destinations']);
  if (valueAt(tree, ['destination']) !== undefined) {
    return unknownName(tree, ['destination'], known, 'unknown-destination', 'destination');
  }
  if (known.length < 2) return [];
  const message = 'missing key "destination"';
  const hint = `it may be left out only when there is one: there are ${known.join(', ')}`;
  return [report(tree, [], { code: 'missing-key', message, hint })];
}

function unknownName(tree: YamlTree, path: Path, known: readonly string[], code: string, what: string): Diagnostic[] {
  const name = textAt(tree, path);
  if (known.length === 0 || name === undefined || name === '' || known.includes(name)) return [];
  const message = `there is no ${what} ${shownText(tree, path, name)} in the config file`;
  const isOurs = nodeAt(tree, path)?.substituted === undefined;
  const instead = isOurs ? surelyMeant(name, known) : undefined;
  return [report(tree, path, { code, message, hint: suggest(name, known), instead })];
}

function checkSchedule(tree: YamlTree): Diagnostic[] {
  const path = typeof valueAt(tree, ['schedule']) === 'string' ? ['schedule'] : ['schedule', 'cron'];
  const cron = textAt(tree, path);
  if (cron === undefined || cron === '') return [];
  const result = validateDetailed(cron);
  if (result.valid) return [];
  const fields = cron.trim().split(/\s+/).length;
  const [problem] = result.errors;
  const reason =
    fields < 5 || fields > 6
      ? `five fields are needed (or six, with seconds first), not ${fields}`
      : `the field "${problem?.field ?? 'expression'}" is out of its range`;
  const message = `not a cron expression: ${reason}`;
  return [report(tree, path, { code: 'bad-schedule', message, hint: 'for example "*/15 * * * *"' })];
}

function checkTimezone(tree: YamlTree, path: Path): Diagnostic[] {
  const zone = textAt(tree, path);
  if (zone === undefined || zone === '' || isTimezone(zone)) return [];
  const names = Intl.supportedValuesOf('timeZone');
  const suggestion = suggest(zone, names);
  const hint = suggestion ?? 'use a name of the IANA list, such as UTC or Europe/Berlin';
  return [
    report(tree, path, {
      code: 'unknown-timezone',
      message: `there is no time zone ${shownText(tree, path, zone)}`,
      hint,
    }),
  ];
}

function isTimezone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** The pattern lets 2026-02-31 pass. */
function checkStart(tree: YamlTree): Diagnostic[] {
  const path = ['source', 'cursor', 'start'];
  const day = /^\d{4}-\d{2}-\d{2}/.exec(textAt(tree, path) ?? '')?.[0];
  if (day === undefined) return [];
  const date = new Date(`${day}T00:00:00Z`);
  if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)) return [];
  return [report(tree, path, { code: 'bad-format', message: `there is no day ${shownText(tree, path, day)}` })];
}

/** The ledger must remember at least as long as rows are read again, or the repeats would be sent. */
function checkWindow(tree: YamlTree): Diagnostic[] {
  const path = ['dedup', 'window'];
  const window = secondsAt(tree, path);
  const lookback = secondsAt(tree, ['source', 'cursor', 'lookback']);
  if (window === undefined || lookback === undefined || window >= lookback) return [];
  const message = 'the dedup window is shorter than source.cursor.lookback: rows read again would be sent again';
  return [report(tree, path, { code: 'window-shorter-than-lookback', message, hint: 'make the window longer' })];
}

function checkFreshness(tree: YamlTree): Diagnostic[] {
  const warn = secondsAt(tree, ['freshness', 'warn']);
  const alert = secondsAt(tree, ['freshness', 'alert']);
  if (warn === undefined || alert === undefined || warn <= alert) return [];
  const message = 'the alert would come before the warning';
  return [
    report(tree, ['freshness', 'alert'], { code: 'alert-before-warn', message, hint: 'make alert the longer one' }),
  ];
}

/**
 * What YAML takes for a number and Meta for a text: `zp: 01234` loses its zero, a lead id of 17 digits its end. `value: 19.90` is
 * no such case, and neither is what came through `${}`.
 */
function checkDigits(tree: YamlTree): Diagnostic[] {
  const rows = valueAt(tree, ['tests']);
  const places: Path[] = [['event']];
  if (Array.isArray(rows)) places.push(...rows.map((_, index) => ['tests', index, 'row']));
  return places.flatMap((path) => numbersBelow(tree, path)).flatMap((path) => losesDigits(tree, path));
}

function numbersBelow(tree: YamlTree, path: Path): Path[] {
  const value = valueAt(tree, path);
  if (typeof value === 'number') return [path];
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [...keys].flatMap((key) => numbersBelow(tree, [...path, key]));
}

function losesDigits(tree: YamlTree, path: Path): Diagnostic[] {
  const node = nodeAt(tree, path);
  const written = node?.written;
  if (written === undefined || node?.substituted !== undefined) return [];
  const isLost = /^[-+]?0\d/.test(written) || (/^\d+$/.test(written) && !Number.isSafeInteger(Number(written)));
  if (!isLost) return [];
  const message = `YAML reads ${written} as the number ${Number(written)}`;
  const hint = 'put it in quotes if it is a text, such as a postcode or an id';
  const instead = JSON.stringify(written);
  return [report(tree, path, { code: 'number-loses-digits', severity: 'warning', message, hint, instead })];
}

const ALLOWABLE = /^custom_data\.|^(?:event_source|referrer)_url$/;

/** Where personal data is allowed, something has to stand. */
function checkAllowed(tree: YamlTree): Diagnostic[] {
  const allow = valueAt(tree, ['personal_data', 'allow']);
  if (!Array.isArray(allow)) return [];
  const data = ['event', 'custom_data'];
  const keys = [...keysOf(tree, data), ...keysOf(tree, [...data, 'custom_properties'])];
  const known = [
    ...keys.filter((key) => key !== 'custom_properties').map((key) => `custom_data.${key}`),
    ...keysOf(tree, ['event']).filter((key) => key === 'event_source_url' || key === 'referrer_url'),
  ];
  return allow.flatMap((_, index) => {
    const path = ['personal_data', 'allow', index];
    const field = textAt(tree, path);
    if (field === undefined || !ALLOWABLE.test(field) || known.includes(field)) return [];
    const message = `the event has no field ${shownText(tree, path, field)}`;
    return [report(tree, path, { code: 'unknown-key', message, hint: suggest(field, known) })];
  });
}

/** Minor units are those of a currency. */
function checkMinorUnits(tree: YamlTree): Diagnostic[] {
  if (valueAt(tree, ['event', 'custom_data', 'currency']) !== undefined) return [];
  return unitsBelow(tree, ['event', 'custom_data'])
    .filter((path) => valueAt(tree, path) === 'minor')
    .map((path) => {
      const message = 'minor units of which currency? custom_data.currency is not mapped';
      return report(tree, path, { code: 'missing-key', message, hint: 'map custom_data.currency' });
    });
}

function unitsBelow(tree: YamlTree, path: Path): Path[] {
  const value = valueAt(tree, path);
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys
    .filter((key) => key !== 'custom_properties')
    .flatMap((key) => (key === 'unit' ? [[...path, key]] : unitsBelow(tree, [...path, key])));
}

function secondsAt(tree: YamlTree, path: Path): number | undefined {
  const text = textAt(tree, path);
  return text !== undefined && !isBroken(tree, path) && isDuration(text) ? parseDuration(text) : undefined;
}
