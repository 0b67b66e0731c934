/**
 * Until when each version of the Graph API can be used, which is the schedule the Conversions API follows
 * (developers.facebook.com/docs/graph-api/changelog/versions and conversions-api/using-the-api, read 2026-09-12). v26.0 has no end yet.
 */
const USABLE_UNTIL: Readonly<Record<string, string>> = {
  'v25.0': '2028-07-29',
  'v24.0': '2028-02-18',
  'v23.0': '2027-10-08',
  'v22.0': '2027-05-20',
  'v21.0': '2027-01-21',
  'v20.0': '2026-09-24',
  'v19.0': '2026-05-21',
  'v18.0': '2026-01-26',
  'v16.0': '2025-05-14',
};

const OLDEST_LISTED = 18;
const NEAR_MILLISECONDS = 90 * 86_400_000;

/** Why a version should be left, or undefined when it has more than 90 days to live (or is newer than the table). */
export function apiVersionWarning(version: string, now: Date): string | undefined {
  const until = USABLE_UNTIL[version];
  if (until === undefined) {
    const major = Number(/^v(\d+)\./.exec(version)?.[1]);
    return major < OLDEST_LISTED ? `${version} of the Graph API is past its end` : undefined;
  }
  const left = Date.parse(`${until}T00:00:00Z`) - now.getTime();
  if (left <= 0) return `${version} of the Graph API could be used until ${until}`;
  return left < NEAR_MILLISECONDS ? `${version} of the Graph API can be used only until ${until}` : undefined;
}
