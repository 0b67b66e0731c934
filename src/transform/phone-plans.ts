import { phoneLibrary } from './phone-library.ts';

/**
 * What libphonenumber finds for digits, without most of its work: its `parse` compiles patterns anew for every number and looks for
 * the exact country, which decides nothing here. Plans are compiled once; whatever they cannot decide alone (a transform rule, a
 * length that only some of the countries of a shared calling code have, an international prefix) is left to the library.
 * A property test holds both to the same results.
 */
type Plan = {
  readonly callingCode: string;
  /** International prefix, such as 00 or 011. */
  readonly idd: RegExp;
  readonly national: RegExp;
  readonly prefix: RegExp | undefined;
  readonly transforms: boolean;
  readonly max: number;
  readonly min: number;
  /** Lengths of a national number that every country of this calling code has. */
  readonly lengths: ReadonlySet<number>;
  /** No other country has this calling code. */
  readonly alone: boolean;
};

/** A number that must be left to the library. */
const UNDECIDED = Symbol('undecided');
type Undecided = typeof UNDECIDED;

const compile = (country: string): Plan | undefined => {
  const library = phoneLibrary();
  const plan = library.plan(country);
  if (plan === undefined) return undefined;
  const sharing = library.countriesOf(plan.callingCode()) ?? [country];
  const lengths = plan.possibleLengths();
  const prefix = plan.nationalPrefixForParsing();
  const everywhere = lengths.filter((length) =>
    sharing.every((other) => library.plan(other)?.possibleLengths().includes(length) === true),
  );
  return {
    callingCode: plan.callingCode(),
    idd: new RegExp(`^(?:${plan.IDDPrefix()})`),
    national: new RegExp(`^(?:${plan.nationalNumberPattern()})$`),
    prefix: prefix ? new RegExp(`^(?:${prefix})`) : undefined,
    transforms: Boolean(plan.nationalPrefixTransformRule()),
    min: Math.min(...lengths),
    max: Math.max(...lengths),
    lengths: new Set(everywhere),
    alone: sharing.length === 1,
  };
};

/** By country, lower-case. */
const plans = new Map<string, Plan | undefined>();
const planOf = (country: string): Plan | undefined => {
  const known = plans.get(country);
  if (known !== undefined || plans.has(country)) return known;
  const plan = compile(country.toUpperCase());
  plans.set(country, plan);
  return plan;
};

/** By calling code, a number of one to three digits; null where no country has it. */
const mainPlans: (Plan | null | undefined)[] = new Array(1000);
const mainPlan = (callingCode: number): Plan | null => {
  const known = mainPlans[callingCode];
  if (known !== undefined) return known;
  const main = phoneLibrary().countriesOf(String(callingCode))?.[0]?.toLowerCase();
  const plan = (main === undefined ? undefined : planOf(main)) ?? null;
  mainPlans[callingCode] = plan;
  return plan;
};

/** The national number without its trunk prefix, where the plan says that it has one. */
const withoutPrefix = (plan: Plan, digits: string): string | Undecided => {
  const match = plan.prefix?.exec(digits);
  if (match === null || match === undefined || match[0] === '') return digits;
  if (plan.transforms && match.length > 1 && match.at(-1)) return UNDECIDED;
  const national = digits.slice(match[0].length);
  if (plan.national.test(digits) && !plan.national.test(national)) return digits;
  if (plan.lengths.has(national.length)) return national;
  if (!plan.alone) return UNDECIDED;
  return national.length > plan.max ? national : digits;
};

const finish = (plan: Plan, digits: string): string | undefined | Undecided => {
  const national = withoutPrefix(plan, digits);
  if (national === UNDECIDED) return UNDECIDED;
  if (plan.lengths.has(national.length)) return plan.callingCode + national;
  return plan.alone ? undefined : UNDECIDED;
};

/** @param number a plus and digits */
const international = (number: string): string | undefined | Undecided => {
  if (number.startsWith('0', 1)) return UNDECIDED;
  let code = 0;
  for (let end = 1; end <= 3 && end < number.length; end++) {
    code = code * 10 + number.charCodeAt(end) - 48;
    const plan = mainPlan(code);
    if (plan !== null) return finish(plan, number.slice(end + 1));
  }
  return UNDECIDED;
};

/** Digits that begin with their own calling code, though without a plus. */
const beginsWithCallingCode = (plan: Plan, digits: string): boolean | Undecided => {
  if (!digits.startsWith(plan.callingCode)) return false;
  const longer = withoutPrefix(plan, digits);
  const shorter = withoutPrefix(plan, digits.slice(plan.callingCode.length));
  if (longer === UNDECIDED || shorter === UNDECIDED) return UNDECIDED;
  return (!plan.national.test(longer) && plan.national.test(shorter)) || longer.length > plan.max;
};

const fromCountry = (plan: Plan, digits: string): string | undefined | Undecided => {
  if (plan.idd.test(digits)) return UNDECIDED;
  const isInternational = beginsWithCallingCode(plan, digits);
  if (isInternational === UNDECIDED) return UNDECIDED;
  const main = isInternational ? mainPlan(Number(plan.callingCode)) : plan;
  return main === null ? UNDECIDED : finish(main, isInternational ? digits.slice(plan.callingCode.length) : digits);
};

/** The calling code of a country (alpha-2, lower-case) that `hasPhonePlan` knows. */
export const callingCode = (country: string): string => planOf(country)?.callingCode ?? '';

/** Whether phone numbers of a country (alpha-2, lower-case) can be read. */
export const hasPhonePlan = (country: string): boolean => planOf(country) !== undefined;

/**
 * A possible number, digits only with its calling code, or undefined. `number` is digits, with a leading `+` where it is
 * international; `country` is alpha-2, lower-case, and known to `hasPhonePlan`. `decided` is false where only the library can tell.
 */
export const parseByPlan = (
  number: string,
  country: string | undefined,
): { readonly decided: true; readonly digits: string | undefined } | { readonly decided: false } => {
  const plan = country === undefined ? undefined : planOf(country);
  const result = number.startsWith('+')
    ? international(number)
    : plan === undefined
      ? undefined
      : fromCountry(plan, number);
  return result === UNDECIDED ? { decided: false } : { decided: true, digits: result };
};
