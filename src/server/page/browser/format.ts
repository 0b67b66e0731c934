/** Numbers, spans and times as people read them. */

const NUMBER = new Intl.NumberFormat('en-GB');
const COMPACT = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumFractionDigits: 1 });

export const count = (n: number): string => NUMBER.format(n);
/** `980`, `12.4k`. */
export const compact = (n: number): string => (n < 10_000 ? NUMBER.format(n) : COMPACT.format(n).toLowerCase());
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** With a capital, unless it begins with the name of a key, and a full stop. */
export const sentence = (text: string): string =>
  `${/^\w*[_-]/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** Whole percents: `<1%` and `>99%` where rounding would say none or all. */
export const percent = (part: number, whole: number): string => {
  if (whole <= 0) return '–';
  const share = part / whole;
  if (share > 0 && share < 0.01) return '<1%';
  if (share < 1 && share > 0.99) return '>99%';
  return `${Math.round(share * 100)}%`;
};

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** `40 s`, `12 min`, `3 h 5 min`, `4 d 6 h`. */
export const span = (seconds: number): string => {
  const s = Math.max(0, Math.round(seconds));
  const two = (large: number, unit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
  if (s < MINUTE) return `${s} s`;
  if (s < HOUR) return `${Math.floor(s / MINUTE)} min`;
  if (s < 2 * DAY) return two(Math.floor(s / HOUR), 'h', Math.floor((s % HOUR) / MINUTE), 'min');
  return two(Math.floor(s / DAY), 'd', Math.floor((s % DAY) / HOUR), 'h');
};

/** `1 h`, `7 d`: limits, which are whole. */
export const limit = (seconds: number): string =>
  seconds >= 2 * DAY && seconds % DAY === 0 ? `${seconds / DAY} d` : span(seconds);

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY_CLOCK = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

const date = (seconds: number): Date => new Date(seconds * 1000);

/** `09:15` within a day of now, else `21 Nov, 09:15`. The reader's own time zone. */
export const clock = (seconds: number, now: number): string =>
  (Math.abs(now - seconds) < 20 * HOUR ? CLOCK : DAY_CLOCK).format(date(seconds));
export const fullTime = (seconds: number): string => DAY_CLOCK.format(date(seconds));
export const day = (seconds: number): string => DATE.format(date(seconds));
export const iso = (seconds: number): string => date(seconds).toISOString();

export const ago = (seconds: number, now: number): string => `${span(now - seconds)} ago`;
export const until = (seconds: number, now: number): string => (seconds <= now ? 'now' : `in ${span(seconds - now)}`);
