/** Signs of state. Each has a shape of its own: colour alone tells nobody anything. */
import type { Level } from '../../read-models/page-data.ts';

/** ok: a disc with a tick · warn: a triangle · bad: an octagon with a cross · off: an empty ring. The word stands beside it. */
export const LevelIcon = ({ level }: { level: Level }) => (
  <svg class={`sign sign-${level}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    {level === 'ok' && (
      <>
        <circle cx="8" cy="8" r="7" class="sign-fill" />
        <path d="M4.800 8.300 7.100 10.600 11.300 5.900" class="sign-mark" />
      </>
    )}
    {level === 'warn' && (
      <>
        <path d="M8 1.200 15.300 14.400H.7z" class="sign-fill" />
        <path d="M8 5.800v4M8 12v.2" class="sign-mark" />
      </>
    )}
    {level === 'bad' && (
      <>
        <path d="M5.100.8h5.800l4.300 4.300v5.800l-4.300 4.300H5.100L.8 10.900V5.100z" class="sign-fill" />
        <path d="M5.600 5.600l4.800 4.800M10.400 5.600 5.600 10.400" class="sign-mark" />
      </>
    )}
    {level === 'off' && <circle cx="8" cy="8" r="6" class="sign-ring" />}
  </svg>
);

/** Something is going on. */
export const RunningIcon = () => (
  <svg class="sign sign-running" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    <circle cx="8" cy="8" r="6" class="track" />
    <path d="M8 2a6 6 0 0 1 6 6" class="arc" />
  </svg>
);

export const ThemeIcon = ({ theme }: { theme: 'auto' | 'light' | 'dark' }) => (
  <svg class="glyph" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    {theme === 'auto' && (
      <>
        <circle cx="8" cy="8" r="6" />
        <path d="M8 2a6 6 0 0 1 0 12z" class="solid" />
      </>
    )}
    {theme === 'light' && (
      <>
        <circle cx="8" cy="8" r="3" />
        <path d="M8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1.100 1.100M11.900 11.900 13 13M13 3l-1.100 1.100M4.100 11.900 3 13" />
      </>
    )}
    {theme === 'dark' && <path d="M13.500 9.600A6 6 0 0 1 6.400 2.500 6 6 0 1 0 13.500 9.600z" />}
  </svg>
);
