/** The formats of the two files, each once: the TypeScript type, the check and the JSON Schema for editors come from it. */
export * from './config-schema.ts';
export * from './event-schema.ts';
export * from './mapping-schema.ts';
