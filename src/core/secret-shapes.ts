import { maskSecrets } from './secret.ts';

const digitRun = /\d(?:[ -]?\d){12,}/g;
const digitsAtEnd = /\d(?:[ -]?\d){6,}[ -]?$/;
/** A JSON Web Token, or the beginning of one: each of its first two parts is base64url of `{"`. */
const webToken = /eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g;
/** The password in a URL that has one: `https://user:password@host`. */
const urlPassword = /(:\/\/[^\s/:@]{0,256}:)[^\s/@]{1,256}@/g;
const urlPasswordAtEnd = /(:\/\/[^\s/:@]{0,256}:)[^\s/@]{1,256}$/;

/**
 * Text without anything of a secret's shape: our own keys, JSON Web Tokens, passwords in URLs, payment card numbers.
 * Where the text was cut off, what may be the beginning of a card number or of such a password goes, too.
 */
export function maskShapes(text: string, isCut = false): string {
  const masked = maskSecrets(text)
    .replace(webToken, '…')
    .replace(urlPassword, '$1…@')
    .replace(digitRun, (run) => (hasCardNumber(run) ? '…' : run));
  return isCut ? masked.replace(urlPasswordAtEnd, '$1…').replace(digitsAtEnd, '…') : masked;
}

/** Whether some of its groups of digits make a card number together. ISO/IEC 7812: 13 to 19 digits, the last a check. */
function hasCardNumber(run: string): boolean {
  const groups = run.split(/[ -]/);
  for (let from = 0; from < groups.length; from++) {
    let digits = '';
    for (let to = from; to < groups.length && digits.length < 19; to++) {
      digits += groups[to]!;
      if (/^[2-6]\d{12,18}$/.test(digits) && isLuhnValid(digits)) return true;
    }
  }
  return false;
}

function isLuhnValid(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = digit * 2;
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
