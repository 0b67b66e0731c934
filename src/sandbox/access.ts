import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, badToken, missingObject, missingToken } from './graph-answer.ts';

export type Access = {
  readonly setToken: (token: string | undefined) => void;
  /** Graph's error when the token or the dataset is not good. The token is never kept. */
  readonly refusal: (token: string | undefined, datasetId: string) => Answer | undefined;
};

// Lenient: it only has to tell a token from a mistake such as "${TOKEN}" or "<your token>".
const PLAUSIBLE_TOKEN = /^[\w|.-]{4,}$/;
const DATASET_ID = /^\d{1,20}$/;

/** `Authorization: Bearer` goes before the body, the body before the query. */
export const tokenOf = (
  headers: IncomingHttpHeaders,
  inBody: string | undefined,
  inUrl: string | undefined,
): string | undefined => {
  const bearer = /^(?:Bearer|OAuth)\s+(.*)$/i.exec(headers.authorization ?? '')?.[1]?.trim();
  return bearer || inBody || inUrl || undefined;
};

export const createAccess = (initialToken: string | undefined, datasets: readonly string[] | undefined): Access => {
  let expected = initialToken;
  return {
    setToken: (token) => {
      expected = token;
    },
    refusal: (token, datasetId) => {
      if (token === undefined) return missingToken();
      if (expected === undefined ? !PLAUSIBLE_TOKEN.test(token) : token !== expected) return badToken();
      const exists = datasets === undefined ? DATASET_ID.test(datasetId) : datasets.includes(datasetId);
      return exists ? undefined : missingObject();
    },
  };
};
