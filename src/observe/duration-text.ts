/** `45s`, `3m 20s`, `2h 5m`, `3d 4h`. */
export const durationText = (seconds: number): string => {
  const s = Math.round(seconds);
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${s % 60}s`;
  return s < 172_800
    ? `${Math.floor(s / 3600)}h ${Math.floor((s % 3600) / 60)}m`
    : `${Math.floor(s / 86_400)}d ${Math.floor((s % 86_400) / 3600)}h`;
};
