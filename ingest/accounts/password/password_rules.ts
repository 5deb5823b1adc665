/**
 * Which passwords are taken: long ones that nobody would guess early.
 *
 * Sole owner of the rules. Length counts and composition does not: no sign is asked for, none is forbidden, and
 * nobody has to change theirs. What is refused is what guessers try first: what is on lists (`common_passwords.ts`
 * is ours, `listed_passwords.ts` the world's), also with digits and signs around it, what follows from a person's
 * own name, and what only looks long.
 *
 * @see NIST SP 800-63B section 3.1.1.2; OWASP ASVS 5.0, 6.2
 * @module
 */

import { COMMON_PASSWORDS, COMMON_WORDS } from "./common_passwords.ts";
import { listedPasswords } from "./listed_passwords.ts";

/** In signs as a person counts them; with a second factor eight would do, and twelve is no burden. */
export const PASSWORD_LENGTH_MIN = 12;
export const PASSWORD_LENGTH_MAX = 128;

/** Rows of keyboards and of the alphabet, forwards; they are looked for backwards as well. */
const SEQUENCES = [
  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
  "01234567890123456789",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
  "1q2w3e4r5t6y7u8i9o0p",
];
/** A run of a sequence that counts as one sign. */
const RUN_MIN = 4;
/** Parts of a name that are too short to be looked for. */
const NAME_PART_MIN = 4;

/** Whose password it would be. */
export interface PasswordOwner {
  readonly login: string;
  readonly displayName: string;
  readonly siteCode: string;
}

/**
 * Why a password is refused, as a sentence for its owner; undefined when it is taken.
 *
 * @example
 * ```ts
 * import { match, strictEqual } from "node:assert/strict";
 * import { passwordMisfit } from "./password_rules.ts";
 *
 * const owner = { login: "m.keller", displayName: "Maria Keller", siteCode: "home" };
 * strictEqual(await passwordMisfit("seven grey herons wait", owner), undefined);
 * match((await passwordMisfit("short", owner))!, /12/);
 * match((await passwordMisfit("P@ssword123456", owner))!, /guess/);
 * match((await passwordMisfit("keller-maria-1970", owner))!, /name/);
 * match((await passwordMisfit("abcabcabcabcabc", owner))!, /repeat/);
 * ```
 */
export async function passwordMisfit(
  typed: string,
  owner: PasswordOwner,
): Promise<string | undefined> {
  const password = typed.normalize("NFKC");
  const { length } = [...new Intl.Segmenter().segment(password)];
  if (length < PASSWORD_LENGTH_MIN) return `It has to have ${PASSWORD_LENGTH_MIN} signs at least`;
  if (length > PASSWORD_LENGTH_MAX) return `It may have ${PASSWORD_LENGTH_MAX} signs at most`;
  const small = password.toLowerCase();
  if (isRepeated(small)) return "It repeats itself, so that it is as good as a short one";
  if (withoutRuns(small).length < PASSWORD_LENGTH_MIN / 2) {
    return "It follows the keyboard or the alphabet, and is tried early by whoever guesses";
  }
  if (COMMON_PASSWORDS.has(small) || isCommonWord(small) || await isListed(small)) {
    return "It is one of those that whoever guesses tries first";
  }
  if (isOwnName(small, owner)) return "It is made of your own name or your site's";
  return undefined;
}

/** A beginning of at most a third, again and again; or one that is too short by itself, twice. */
function isRepeated(text: string): boolean {
  for (let period = 1; period <= text.length / 3; period++) {
    if (text.startsWith(text.slice(0, period).repeat(Math.floor(text.length / period)))) {
      return true;
    }
  }
  const [first = "", ...others] = text.split(/[\s._-]+/).filter((part) => part !== "");
  if (others.length > 0 && others.every((part) => part === first)) {
    return first.length < PASSWORD_LENGTH_MIN;
  }
  const half = text.slice(0, text.length / 2);
  return text === half.repeat(2) && half.length < PASSWORD_LENGTH_MIN;
}

/** With each run of a sequence, in either direction, as one sign. */
function withoutRuns(text: string): string {
  let rest = "";
  for (let at = 0; at < text.length;) {
    let length = 1;
    for (const forwards of SEQUENCES) {
      for (const sequence of [forwards, [...forwards].toReversed().join("")]) {
        while (sequence.includes(text.slice(at, at + length + 1)) && at + length < text.length) {
          length++;
        }
      }
    }
    rest += text[at];
    at += length >= RUN_MIN ? length : 1;
  }
  return rest;
}

/** A common word with digits and signs around it, or some of its letters as digits. */
function isCommonWord(text: string): boolean {
  const letters = plainLetters(text);
  return COMMON_WORDS.has(letters) || COMMON_WORDS.has(text.replaceAll(/[^a-z]/g, ""));
}

/**
 * On the world's list as it is, or the larger part of it with digits and signs around; or two of the most used
 * in a row.
 */
async function isListed(text: string): Promise<boolean> {
  const { all, top } = await listedPasswords();
  if (all.has(text)) return true;
  const inner = text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  if (inner.length * 2 < text.length) return false;
  return [inner, plainLetters(text)].some((word) => all.has(word) || isPair(word, top));
}

/** One of a list and another, with or without something between them. */
function isPair(text: string, listed: ReadonlySet<string>): boolean {
  const together = text.replaceAll(/[\s._-]/g, "");
  for (let at = 1; at < together.length; at++) {
    if (listed.has(together.slice(0, at)) && listed.has(together.slice(at))) return true;
  }
  return false;
}

const LEET: Readonly<Record<string, string>> = {
  ...{ "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b" },
  ...{ "@": "a", "$": "s", "!": "i" },
};

/** Without what stands at both ends and is no letter; what is left inside is read as letters. */
function plainLetters(text: string): string {
  const inner = text.replace(/^[^a-z@$]+/, "").replace(/[^a-z]+$/, "");
  return leetLetters(inner).replaceAll(/[^a-z]/g, "");
}

/** With what stands for a letter as that letter. */
function leetLetters(text: string): string {
  return text.replaceAll(/[^a-z]/g, (sign) => LEET[sign] ?? sign);
}

/** What is left without the parts of their names, the site's and ours is too little; digits may stand for letters. */
function isOwnName(text: string, { login, displayName, siteCode }: PasswordOwner): boolean {
  const names = [login, login.split("@")[0]!, displayName, siteCode, "wavekeep"]
    .map((name) => name.normalize("NFKC").toLowerCase());
  const parts = names.flatMap((name) => [
    ...name.split(/[^\p{L}\d]+/u),
    // All of it in one, as in an address.
    name.replaceAll(/[^\p{L}\d]/gu, ""),
  ]).filter((part) => part.length >= NAME_PART_MIN).toSorted((a, b) => b.length - a.length);
  return [text, leetLetters(text)].some((read) => {
    const rest = parts.reduce((left, part) => left.replaceAll(part, ""), read);
    return rest !== read && rest.replaceAll(/[^\p{L}]/gu, "").length < PASSWORD_LENGTH_MIN / 2;
  });
}
