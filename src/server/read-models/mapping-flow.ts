/** A mapping's way as a picture: where rows come from, what keeps them back, and where events go, with counts. */
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import type { FlowStep, RunTotals } from './page-data.ts';
import { safeCondition } from './safe-text.ts';

const left = (outcome: string, rows: number): FlowStep['left'] => (rows > 0 ? [{ outcome, rows }] : []);

export const mappingFlow = (
  { file, dedupBy }: ParsedMapping,
  destination: { readonly name: string; readonly datasetId: string },
  totals: RunTotals,
): FlowStep[] => {
  const { source, filter, consent, event, dedup } = file;
  const condition = (value: unknown): string => safeCondition(String(value).replace(/^=/, ''));
  const afterFilter = totals.read - totals.filtered;
  const afterRules = afterFilter - totals.rejected - totals.expired;
  const keys = Object.keys(event.user_data);
  return [
    {
      kind: 'source',
      title: source.table ?? 'query',
      lines: [
        `connection ${source.connection}`,
        ...(source.cursor ? [`cursor ${source.cursor.column}`] : []),
        ...(source.where === undefined ? [] : [`where ${safeCondition(source.where)}`]),
      ],
      in: totals.read,
      left: [],
    },
    {
      kind: 'filter',
      title: 'filter and consent',
      lines: [
        filter === undefined ? 'no filter' : `filter ${condition(filter)}`,
        consent?.require === undefined ? 'no consent required' : `consent ${condition(consent.require)}`,
      ],
      in: totals.read,
      left: left('filtered', totals.filtered),
    },
    {
      kind: 'rules',
      title: String(event.event_name).startsWith('=') ? 'event by row' : String(event.event_name),
      lines: [String(event.action_source), `${keys.length} match keys: ${keys.join(', ')}`],
      in: afterFilter,
      left: [...left('rejected', totals.rejected), ...left('expired', totals.expired)],
    },
    {
      kind: 'dedup',
      title: 'ledger',
      lines: [`by ${dedup.key ?? dedupBy}`, `remembers ${dedup.window}`],
      in: afterRules,
      left: left('duplicate', totals.duplicate),
    },
    {
      kind: 'dataset',
      title: `dataset ${destination.name}`,
      lines: [`id ${destination.datasetId}`],
      in: totals.sent,
      left: [],
    },
  ];
};
