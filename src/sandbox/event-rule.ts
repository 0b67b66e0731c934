/** What is wrong with one event, in Meta's terms. Holds no value of the event: only keys, subcode and words. */
export type Violation = {
  readonly subcode: number;
  readonly title: string;
  readonly message: string;
  /** Steps below the event. Only type errors have it, as only those tell the sender where they stand. */
  readonly path?: readonly (string | number)[];
};

/** One rule. `nowSeconds` is the sandbox's clock in Unix seconds. */
export type EventRule<E> = {
  readonly name: string;
  readonly check: (event: E, nowSeconds: number) => Violation | undefined;
};

/** Generic parameter error: the subcode Meta uses for missing and mistyped fields. */
export const PARAMETER_ERROR = 2804019;

/** A missing or mistyped field: 2804019 with a JSON path, so that the sender can find the event. */
export const mistyped = (path: readonly (string | number)[], expects: string): Violation => ({
  subcode: PARAMETER_ERROR,
  title: 'Parameter error',
  message: expects,
  path,
});

/** A value of the right type that is refused. No path: the sender has to find the event. */
export const refused = (subcode: number, title: string, message: string): Violation => ({ subcode, title, message });

/** `$['data'][3]['user_data']['em']` */
export const jsonPath = (index: number, path: readonly (string | number)[]): string =>
  path.reduce<string>(
    (text, step) => `${text}[${typeof step === 'number' ? step : `'${step}'`}]`,
    `$['data'][${index}]`,
  );
