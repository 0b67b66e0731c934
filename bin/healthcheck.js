#!/usr/bin/env node
// Asks the service of this container whether it lives: exit code 0 or 1. HEALTH_URL where server.listen has another port than 8080.
const url = process.env.HEALTH_URL ?? 'http://127.0.0.1:8080/livez';
fetch(url, { signal: AbortSignal.timeout(4000) }).then(
  (answer) => {
    process.exitCode = answer.ok ? 0 : 1;
  },
  () => {
    process.exitCode = 1;
  },
);
