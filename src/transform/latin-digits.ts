/** Digits of other scripts that people type in phone numbers, postcodes and dates: Arabic, Persian, Devanagari, Bengali, Thai. NFKC knows the full-width ones. */
const OTHER_DIGITS = /[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59]/g;
const ZEROS = [0x0e50, 0x09e6, 0x0966, 0x06f0, 0x0660];

export const latinDigits = (text: string): string =>
  text.replace(OTHER_DIGITS, (digit) => {
    const code = digit.charCodeAt(0);
    return String(code - (ZEROS.find((zero) => zero <= code) ?? code));
  });
