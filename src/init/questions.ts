/** What `init` asks on a terminal: what no name of a column can tell. Everything has an answer already; Enter takes it. */
import type { Proposal } from './propose.ts';

/** Shows the question with the answer that Enter stands for, and gives what was typed, trimmed; '' is Enter. */
export type Ask = (question: string, otherwise: string) => Promise<string>;

/** Left out: guessed, and marked so. */
export type Answers = {
  readonly eventName?: string;
  readonly actionSource?: string;
  readonly currency?: string;
  readonly timezone?: string;
};

/** Sources of events that need nothing that a table of a shop or CRM lacks. `website` needs the page and the browser of each row. */
export const ACTION_SOURCES = ['system_generated', 'physical_store', 'phone_call', 'email', 'chat', 'other'] as const;

const MANY_TRIES = 5;

/** Asks again until the answer is one, a few times; then the guess stands. */
const until = async (
  ask: Ask,
  question: string,
  otherwise: string,
  isGood: (text: string) => boolean,
  help: string,
): Promise<string> => {
  let asked = question;
  for (let n = 0; n < MANY_TRIES; n += 1) {
    const answer = (await ask(asked, otherwise)) || otherwise;
    if (isGood(answer)) return answer;
    asked = `${help}\n${question}`;
  }
  return otherwise;
};

/** Which database, where none was named. Undefined: none yet, an example to begin with. */
export const askForSource = async (ask: Ask): Promise<string | undefined> => {
  const hint =
    'A database to look into: postgres://user:password@host/database, mysql://..., an SQLite file,\nor $NAME for a variable that holds the URL. Enter: none yet, an example.';
  const answer = await ask(`${hint}\nDatabase?`, 'none');
  return answer === '' || answer.toLowerCase() === 'none' ? undefined : answer;
};

const isZone = (text: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) !== undefined;
  } catch {
    return false;
  }
};

/** @param needsZone times of the table carry no zone */
export const askAboutTable = async (
  ask: Ask,
  { table, eventName, value, currency }: Proposal,
  needsZone: boolean,
): Promise<Answers> => {
  const name = await until(
    ask,
    `What is a row of ${table} to Meta? Purchase, Lead, CompleteRegistration, Subscribe, Schedule, or a name of your own.\nEvent name?`,
    eventName,
    (text) => /^[A-Za-z][\w -]{0,49}$/.test(text),
    'A name of letters, digits, spaces and _, such as Purchase.',
  );
  const actionSource = await until(
    ask,
    `Where did it happen? ${ACTION_SOURCES.join(', ')}.\n(website also needs the page and the browser of each row: see docs/parameters.md)\nAction source?`,
    'system_generated',
    (text) => (ACTION_SOURCES as readonly string[]).includes(text),
    `One of ${ACTION_SOURCES.join(', ')}.`,
  );
  const money =
    value && !currency
      ? await until(
          ask,
          'No column looks like a currency. In which are the amounts?\nCurrency?',
          'USD',
          (text) => /^[A-Za-z]{3}$/.test(text),
          'Three letters, such as EUR.',
        )
      : undefined;
  const timezone = needsZone
    ? await until(
        ask,
        'Its times carry no zone. Which are they in? UTC, Europe/Berlin, America/New_York, ...\nTime zone?',
        'UTC',
        isZone,
        'A name of the IANA list, such as Europe/Berlin.',
      )
    : undefined;
  return {
    eventName: name,
    actionSource,
    ...(money === undefined ? {} : { currency: money.toUpperCase() }),
    ...(timezone === undefined ? {} : { timezone }),
  };
};
