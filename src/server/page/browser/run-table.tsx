/** The last runs of a mapping, each with all its counts and, where it failed, why. */
import type { RunRow } from '../../read-models/page-data.ts';
import { clock, count, iso, span } from './format.ts';
import { Scroll } from './scroll.tsx';
import { outcome } from './strip.tsx';

const SHAPE = { running: '◌', succeeded: '●', completed_with_rejections: '▲', failed: '✕', skipped_busy: '○' } as const;

export const RunTable = ({ runs, now }: { runs: readonly RunRow[]; now: number }) => (
  <Scroll label="Last runs, as a table">
    <table class="runs">
      <thead>
        <tr>
          <th scope="col">began</th>
          <th scope="col">outcome</th>
          <th scope="col" class="n">
            took
          </th>
          <th scope="col" class="n">
            read
          </th>
          <th scope="col" class="n">
            sent
          </th>
          <th scope="col" class="n">
            duplicate
          </th>
          <th scope="col" class="n">
            filtered
          </th>
          <th scope="col" class="n">
            rejected
          </th>
          <th scope="col" class="n">
            expired
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id} class={`run-${run.status}`}>
            <th scope="row">
              <time dateTime={iso(run.startedAt)}>{clock(run.startedAt, now)}</time>
            </th>
            <td class="outcome">
              <span class="shape" aria-hidden="true">
                {SHAPE[run.status]}
              </span>{' '}
              {outcome(run)}
              {run.errorMessage !== undefined && (
                <span class="error">
                  {run.errorMessage} {run.errorCode !== undefined && <code>{run.errorCode}</code>}
                </span>
              )}
            </td>
            <td class="n">{run.endedAt === undefined ? '' : span(run.endedAt - run.startedAt)}</td>
            {[run.read, run.sent, run.duplicate, run.filtered, run.rejected, run.expired].map((n, at) => (
              <td key={at} class={n === 0 ? 'n quiet' : 'n'}>
                {count(n)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);
