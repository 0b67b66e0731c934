import { DROP } from './drop.ts';
import { foldWord } from './fold-word.ts';
import type { Normalise } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';

/**
 * Words and titles of the common languages, folded. Letters that mean both sexes in different languages (v: vrouw, vyras;
 * e: erkek) are left out, and so are 0, 1 and 2, whose meaning every database sets for itself.
 */
const FEMALE =
  'f female woman girl lady mrs ms miss w weiblich frau mädchen fem féminin feminin femme fille mme madame mlle mademoiselle femenino femenina ' +
  'mujer señora sra srta femminile femmina donna signora feminino feminina mulher menina senhora vrouwelijk vrouw mevrouw mevr k kvinna kvinde ' +
  'kvinne kvinnlig kvindelig kvinnelig fru kobieta kobiety żeńska żeńskie pani žena ženský ženské paní nainen nő női kadın kadin bayan ж жен ' +
  'женский женщина жіноча жінка γυναίκα θήλυ أنثى امرأة زن נקבה אישה 女 女性 女士 여 여성 여자 ' +
  'महिला स्त्री หญิง nữ perempuan wanita femeie жена žensko ženska moteris sieviete naine';
const MALE =
  'm male man boy mr mister sir masc männlich mann herr junge masculin homme garçon h monsieur masculino hombre señor sr maschile maschio uomo ' +
  'signor signore homem menino senhor mannelijk meneer dhr manlig mandlig mannlig mand herre mężczyzna mężczyzny męska męskie pan muž mužský ' +
  'mužské mies férfi erkek bay м муж мужской мужчина чоловіча чоловік άνδρας άρρεν ذكر رجل مرد זכר גבר 男 男性 先生 남 남성 남자 ' +
  'पुरुष ชาย nam laki-laki lelaki pria bărbat мъж muško muškarac moški vyras vīrietis mees';

/** Folded on first use: folding compiles Unicode patterns, which start-up need not wait for. */
const loadWords = (): ReadonlyMap<string, string> =>
  new Map([
    ...FEMALE.split(' ').map((word) => [foldWord(word), 'f'] as const),
    ...MALE.split(' ').map((word) => [foldWord(word), 'm'] as const),
  ]);

let words: ReadonlyMap<string, string> | undefined;

/** ge: f or m (parameters/customer-information-parameters, read 2026-09-12); anything else is left out, never guessed. */
export const normaliseGender: Normalise = (text) => {
  words ??= loadWords();
  const known = words.get(text) ?? words.get(foldWord(text));
  if (known !== undefined) return known;
  const trimmed = text.trim();
  if (trimmed === '') return DROP.empty;
  return looksHashed(trimmed) ? DROP['looks-hashed'] : DROP['unknown-gender'];
};
