import type { Fault } from './faults.ts';

const THROTTLED = 100;
const NEARLY = 85;

/** The usage headers of Meta's Rate Limiting page (fact sheet §7.3), full when this request is throttled. */
export const usageHeaders = (datasetId: string, fault: Fault | undefined): Record<string, string> => {
  const throttled = fault?.kind === 'throttle';
  const percent = throttled ? THROTTLED : NEARLY;
  const minutes = throttled ? (fault.regain ?? 0) : 0;
  return {
    'x-app-usage': JSON.stringify({ call_count: percent, total_time: 25, total_cputime: 25 }),
    'x-ad-account-usage': JSON.stringify({
      acc_id_util_pct: percent,
      reset_time_duration: minutes * 60,
      ads_api_access_tier: 'standard_access',
    }),
    'x-business-use-case-usage': JSON.stringify({
      [datasetId]: [
        {
          type: 'ads_management',
          call_count: percent,
          total_cputime: 25,
          total_time: 25,
          estimated_time_to_regain_access: minutes,
          ads_api_access_tier: 'standard_access',
        },
      ],
    }),
  };
};
