/** What goes between the sync and the thread that holds the state database: calls by name, results, and errors as plain data. */
import type { ExitCode } from '../errors.ts';
import type { StateStore } from './state-store.ts';

export type StateMethod = keyof StateStore;
export type StateCall = { readonly id: number; readonly method: StateMethod; readonly args: readonly unknown[] };
export type PlainError = {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
};
export type StateAnswer = { readonly id: number; readonly value?: unknown; readonly error?: PlainError };
/** The first message to the thread: the absolute path of the SQLite file. */
export type StateOpen = { readonly open: string };
/** Its answer: the database is open, or why it is not. */
export type StateReady = { readonly ready: readonly StateMethod[] } | { readonly failed: PlainError };

/** Hundreds of keys clone slowly as strings of their own, quickly as one. A key is 32 characters. */
export const joinKeys = (keys: readonly string[]): string => keys.join('');

export const splitKeys = (text: string): string[] => {
  const keys: string[] = [];
  for (let at = 0; at < text.length; at += 32) keys.push(text.slice(at, at + 32));
  return keys;
};

/** Which argument of a method is a list of keys. */
export const KEYS_ARGUMENT: Partial<Record<StateMethod, number>> = { findSeen: 1, planBatch: 2, ackPart: 2 };
