/** Which match keys the events carried, and what was dropped on the way. */
import type { Coverage as Data } from '../../read-models/page-data.ts';
import { count, percent } from './format.ts';

export const Coverage = ({ coverage }: { coverage: Data }) => {
  const { events, keys, broadOnly, bands, estimate } = coverage;
  return (
    <>
      <p class="lead">
        Match quality, an estimate: <b>{estimate ?? 'not known'}</b>
        {broadOnly > 0 && <>; {percent(broadOnly, events)} of the events have no key that points to one person</>}
      </p>
      <svg
        class="bands-bar"
        viewBox="0 0 100 6"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Events by band: ${bands.map(({ band, events: n }) => `${band} ${percent(n, events)}`).join(', ')}`}
      >
        {bands.map(({ band, events: n }, at) => {
          const before = bands.slice(0, at).reduce((sum, each) => sum + each.events, 0);
          return (
            n > 0 && (
              <rect
                key={band}
                x={(before / events) * 100}
                width={(n / events) * 100}
                height="6"
                class={`band-${band}`}
              />
            )
          );
        })}
      </svg>
      <p class="legend small" aria-hidden="true">
        {bands.map(({ band, events: n }) => (
          <span key={band} class={`key key-${band}`}>
            {band} {percent(n, events)}
          </span>
        ))}
      </p>
      <table class="bars">
        <caption class="sr">Events with each match key, of {count(events)}</caption>
        <thead class="sr">
          <tr>
            <th scope="col">key</th>
            <th scope="col">bar</th>
            <th scope="col">share</th>
            <th scope="col">values dropped</th>
          </tr>
        </thead>
        <tbody>
          {keys.map(({ key, events: n, dropped }) => (
            <tr key={key}>
              <th scope="row">
                <code>{key}</code>
              </th>
              <td class="bar">
                <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                  <rect width="100" height="8" class="back" />
                  <rect width={(n / events) * 100} height="8" class="fill" />
                </svg>
              </td>
              <td class="n share">{percent(n, events)}</td>
              <td class="dropped">
                {dropped.slice(0, 2).map(({ reason, values, cure }) => (
                  <span key={reason} title={cure}>
                    {count(values)} {reason}
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
};
