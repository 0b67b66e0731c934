import { type Cell, SourceError } from '../connector.ts';

export type Settings = Readonly<Record<string, string>>;

/** Where a profile says otherwise, rows would be left out without a word, or an error taken for one. */
const COMPLETE: Settings = {
  limit: '0',
  offset: '0',
  extremes: '0',
  skip_unavailable_shards: '0',
  http_write_exception_in_output_format: '0',
  ...Object.fromEntries(
    [
      'read',
      'read_overflow_mode_leaf',
      'sort',
      'result',
      'timeout',
      'set',
      'join',
      'transfer',
      'distinct',
      'group_by',
    ].map((of) => [of.includes('_leaf') ? of : `${of}_overflow_mode`, 'throw']),
  ),
};

/** Above this many bytes a sort goes to the server's disk. */
const SORT_IN_MEMORY = 1_000_000_000;

export type Wishes = { readonly timeoutSeconds: number; readonly final: boolean };

function wanted({ timeoutSeconds, final }: Wishes): Settings {
  return {
    ...COMPLETE,
    final: final ? '1' : '0',
    max_execution_time: String(timeoutSeconds),
    max_result_rows: '0',
    max_result_bytes: '0',
    max_bytes_before_external_sort: String(SORT_IN_MEMORY),
    session_timezone: 'UTC',
    output_format_json_quote_64bit_integers: '0',
    cancel_http_readonly_queries_on_client_close: '1',
    readonly: '2',
  };
}

export const settingNames: readonly string[] = Object.keys(wanted({ timeoutSeconds: 1, final: true }));

/**
 * What is to be sent with each query: only what differs from the user's profile and is known to this server. A user of a profile with
 * `readonly = 1` may send nothing at all, and need not, unless rows would be lost.
 * @param rows of system.settings: name, value, and whether the user may not change it
 */
export function settingsFor(rows: readonly (readonly Cell[])[], wishes: Wishes, server: string): Settings {
  const known = new Map(rows.map(([name, value, locked]) => [String(name), { value: String(value), locked }]));
  const access = known.get('readonly')?.value ?? '0';
  const send: Record<string, string> = {};
  for (const [name, value] of Object.entries(wanted(wishes))) {
    const now = known.get(name);
    const isNeeded = name in COMPLETE || (name === 'final' && wishes.final);
    if (now === undefined && name === 'final' && wishes.final) {
      throw new SourceError('source-query-failed', `${server} is too old for "final": it takes ClickHouse 23.2`, {
        hint: 'leave `final` out, and write FINAL into a query: SELECT ... FROM table FINAL',
      });
    }
    if (now === undefined || (now.value === value && !unseen.has(name))) continue;
    const isLocked = access === '1' || String(now.locked) === '1' || (name === 'readonly' && access !== '0');
    if (!isLocked) send[name] = value;
    else if (isNeeded && now.value !== value) throw cutsOff(`${name} = ${now.value}`);
  }
  return send;
}

/** They are in force, and yet system.settings shows 0. */
const unseen: ReadonlySet<string> = new Set(['limit', 'offset']);

/** Of a user who may set nothing: whether one of these two is in force, from the plan of a query without any. */
export function refuseUnseenLimit(plan: readonly (readonly Cell[])[]): void {
  if (plan.some(([line]) => /\b(Limit|Offset)\b/.test(String(line)))) throw cutsOff('a limit or an offset');
}

export function isReadonlyProfile(rows: readonly (readonly Cell[])[]): boolean {
  return rows.some(([name, value]) => name === 'readonly' && value === '1');
}

function cutsOff(setting: string): SourceError {
  return new SourceError(
    'source-permission',
    `the profile of this user sets ${setting} and does not let it be changed`,
    {
      hint: 'rows could be left out unseen: give the user a profile without it, or one with readonly = 2',
    },
  );
}
