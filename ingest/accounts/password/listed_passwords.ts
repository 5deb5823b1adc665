/**
 * The passwords that people have used most, as a package lists them: some 49,000 of Mark Burnett's ten million, the
 * most used first.
 *
 * Sole importer of that package. It is loaded when the first password is chosen and kept from then on (some 25 MB):
 * a process that is never asked for one does without it. Nothing is asked of anybody, so no password leaves this
 * machine.
 *
 * @module
 */

/** What is listed. */
export interface ListedPasswords {
  /** All that may matter, in small letters. */
  readonly all: ReadonlySet<string>;
  /** The most used among them: two of these in a row are guessed early, too. */
  readonly top: ReadonlySet<string>;
}

/** Shorter ones say nothing about a password of twelve signs, not even with signs around them. */
const LENGTH_MIN = 4;
const TOP_COUNT = 3_000;

let loading: Promise<ListedPasswords> | undefined;

/** The same sets each time. */
export function listedPasswords(): Promise<ListedPasswords> {
  return loading ??= load();
}

async function load(): Promise<ListedPasswords> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  const listed = dictionary["passwords-common"].filter(({ length }) => length >= LENGTH_MIN);
  return { all: new Set(listed), top: new Set(listed.slice(0, TOP_COUNT)) };
}
