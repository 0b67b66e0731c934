import type { UrlConnection } from '../connector.ts';

/** `postgres://user:password@host/database`: all of it is one secret. Undefined: it cannot be read. */
export const serverUrl =
  (connector: string) =>
  (text: string): UrlConnection | undefined => {
    if (!URL.canParse(text) || /[\s']/.test(text)) return undefined;
    return {
      options: {},
      secrets: { url: text },
      examples: { url: `${connector}://user:password@host/database` },
      name: new URL(text).pathname.replace(/^\//, ''),
    };
  };

/** Names in these quotes, which are doubled within. */
export const quotedBy =
  (mark: string) =>
  (name: string): string =>
    `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;
