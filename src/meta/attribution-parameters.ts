import type { Parameter } from './parameter.ts';

/** attribution_data: passed back by measurement partners only (Business SDK v26.0, 2026-08-05; not on the server-event page). */
export const ATTRIBUTION_DATA = {
  scope: { type: 'string', description: 'What the attribution is for: click or impression.', example: 'click' },
  visit_time: {
    type: 'unix-time',
    description: 'When the attributed visit was; a timestamp, or Unix seconds.',
    example: 1_794_900_000,
  },
  ad_id: { type: 'string', description: 'Attributed ad.', example: '23842672200000000' },
  adset_id: { type: 'string', description: 'Attributed ad set.', example: '23842672200000001' },
  campaign_id: { type: 'string', description: 'Attributed campaign.', example: '23842672200000002' },
  attribution_share: { type: 'number', description: 'Share of the event, from 0 to 1.', example: 1 },
  attribution_model: {
    type: 'string',
    values: [
      'customized_multi_touch',
      'first_touch',
      'last_click',
      'last_touch',
      'linear',
      'position_based',
      'time_decay',
      'unknown',
    ],
    description: 'Model that gave the share.',
    example: 'last_click',
  },
  attr_window: { type: 'integer', description: 'Attribution window in days.', example: 7 },
  attribution_value: { type: 'number', money: true, description: 'Value attributed.', example: 19.9 },
  attribution_source: { type: 'string', description: 'Who attributed.', example: 'example_partner' },
  touchpoint_type: { type: 'string', description: 'Kind of the touchpoint.', example: 'click' },
  touchpoint_ts: {
    type: 'unix-time',
    description: 'When the touchpoint was; a timestamp, or Unix seconds.',
    example: 1_794_900_000,
  },
  touchpoint_id: { type: 'string', description: 'Id of the touchpoint.', example: 'tp-1' },
  attribution_method: {
    type: 'string',
    values: ['ard', 'deeplink', 'gpir', 'invalid_response', 'mir', 'srn'],
    description: 'How it was attributed.',
    example: 'srn',
  },
  decline_reason: {
    type: 'string',
    values: [
      'attribute_to_other_source',
      'duplicated',
      'fraud_detected',
      'inactive',
      'lookback',
      'min_time_between_re_engagements',
      'not_pmod_match',
      'out_of_lookback_window',
      'pmod_disabled',
      'preload_install',
      'reinstall_attribution_disabled',
      'unknown',
      'validation_rule_detected',
      'view_through_disabled',
      'within_inactive_window',
    ],
    description: 'Why it was not attributed.',
    example: 'duplicated',
  },
  auditing_token: { type: 'string', description: 'Token for audits.', example: 'token-1' },
  linkage_key: { type: 'string', description: 'Key that links attributions.', example: 'key-1' },
  attribution_setting: {
    type: 'object',
    description: 'Windows of the attribution.',
    example: { inactivity_window_hours: 24 },
  },
  total_credit: { type: 'number', description: 'Total credit given.', example: 1 },
  partner_client_id: { type: 'string', description: "The partner's workspace.", example: 'workspace-1' },
} as const satisfies Record<string, Parameter>;

/** attribution_data.attribution_setting (Business SDK v26.0, 2026-08-05). */
export const ATTRIBUTION_SETTING = {
  inactivity_window_hours: { type: 'integer', description: 'Window of inactivity, in hours.', example: 24 },
  reattribution_window_hours: { type: 'integer', description: 'Window of reattribution, in hours.', example: 720 },
} as const satisfies Record<string, Parameter>;
