import { render } from 'preact';
import { Page } from './page.tsx';
import { openStore } from './store.ts';
import { readTheme, useTheme } from './theme.ts';

useTheme(readTheme());

const place = document.getElementById('page');
if (place) {
  let isPlanned = false;
  // However much changes at once, it is drawn once.
  const store = openStore(() => {
    if (isPlanned) return;
    isPlanned = true;
    queueMicrotask(() => {
      isPlanned = false;
      draw();
    });
  });
  const draw = (): void => render(<Page state={store.state()} store={store} />, place);
  draw();
}
