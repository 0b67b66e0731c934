import type { ComponentChildren } from 'preact';

/** What may be wider or longer than its place: it can be reached and moved by keyboard, and says what it is. */
export const Scroll = ({ label, children }: { label: string; children: ComponentChildren }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a place that scrolls has to take the focus, or the keyboard cannot scroll it
  <section class="scroll" tabIndex={0} aria-label={label}>
    {children}
  </section>
);
