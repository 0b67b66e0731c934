import type { Diagnostic } from '../config/diagnostic.ts';
import { CUSTOM_DATA } from '../meta/parameters.ts';
import { found, type LintRule } from './lint-subject.ts';

/** Names that leave no doubt. A city or a country may be that of a hotel or a flight. */
const CONTACT =
  /^(?:em|ph|fn|ln|(?:customer|user|billing|shipping)?_?(?:e_?mail(?:_?address)?|phone(?:_?number)?|mobile_?number|(?:first|last|full|sur)_?name)|dob|birth_?da(?:y|te)|date_?of_?birth)$/i;

/** Keys of `custom_properties` that are no properties of one's own. */
export const customProperties: LintRule = (subject) => {
  const properties = subject.customData.custom_properties;
  if (typeof properties !== 'object' || properties === null) return [];
  const allowed = subject.loaded.mapping.personal_data?.allow ?? [];
  return Object.keys(properties).flatMap((key): Diagnostic[] => {
    const path = ['event', 'custom_data', 'custom_properties', key];
    if (Object.hasOwn(CUSTOM_DATA, key)) {
      const message = `"${key}" is a parameter of Meta's: here it takes its place, unchecked`;
      return [found(subject, 'custom-property-shadows', path, message, 'key')];
    }
    if (!CONTACT.test(key) || allowed.includes(`custom_data.${key}`)) return [];
    const message = `"${key}" looks like contact data, which must not go out in plain`;
    return [found(subject, 'personal-data-in-custom-data', path, message, 'key')];
  });
};
