import type { Destination } from '../config/config-schema.ts';
import type { Diagnostic } from '../config/diagnostic.ts';
import type { LoadedMapping } from '../config/loaded-mapping.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { changingColumns } from './changing-columns.ts';
import { constantsPerRow } from './constants-per-row.ts';
import { contactKey } from './contact-key.ts';
import { customProperties } from './custom-properties.ts';
import { eventNeeds } from './event-needs.ts';
import { goalNeeds } from './goal-needs.ts';
import { lateCommits } from './late-commits.ts';
import { type LintRule, lintSubject } from './lint-subject.ts';
import { milliseconds } from './milliseconds.ts';
import { pixelSetup } from './pixel-setup.ts';
import { scheduleGaps } from './schedule-gaps.ts';
import { severalEvents } from './several-events.ts';

const RULES: readonly LintRule[] = [
  goalNeeds,
  pixelSetup,
  eventNeeds,
  constantsPerRow,
  milliseconds,
  changingColumns,
  customProperties,
  severalEvents,
  contactKey,
  scheduleGaps,
  lateCommits,
];

/**
 * Everything about a mapping that its schema allows and that still goes wrong, without a network. Only what is certain from the files is
 * said: what depends on a row is left to `preview`. The mapping must have passed every check before.
 * @param destination where it sends to; undefined where that is not known
 * @param connector kind of its source; left out where that is not known
 */
export const lintMapping = (
  loaded: LoadedMapping,
  parsed: ParsedMapping,
  destination: Destination | undefined,
  connector?: string,
): Diagnostic[] => {
  const subject = lintSubject(loaded, parsed, destination, connector);
  return RULES.flatMap((rule) => rule(subject));
};
