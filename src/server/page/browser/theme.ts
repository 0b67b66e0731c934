/** Light, dark, or as the system has it. Kept in the browser. */

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const PLACE = 'capi-sync-theme';

export const readTheme = (): Theme => THEMES.find((each) => each === localStorage.getItem(PLACE)) ?? 'auto';

export const useTheme = (theme: Theme): void => {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
};

export const nextTheme = (): Theme => {
  const next = THEMES[(THEMES.indexOf(readTheme()) + 1) % THEMES.length] ?? 'auto';
  localStorage.setItem(PLACE, next);
  useTheme(next);
  return next;
};
