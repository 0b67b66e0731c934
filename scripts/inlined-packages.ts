/** Libraries of many small files that nearly each command loads: the build puts their code into dist/, and an image needs them no more. */
export const INLINED: readonly string[] = [
  'commander',
  'knex',
  'typebox',
  'yaml',
  'undici',
  '@marcbachmann/cel-js',
  'temporal-polyfill',
];
