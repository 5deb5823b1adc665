/**
 * Layer 6. Dictionaries of structured fields, as far as message signatures need them.
 *
 * Sole reader and writer of `Signature-Input` and `Signature`. Stricter than the specification on purpose: a
 * member or parameter that stands twice is refused (there the last one wins), so nothing that two readers
 * could take for two things gets through.
 *
 * @see RFC 8941 sections 3.1.1, 3.2 and 4
 * @module
 */

/** A token as it stands in a header; a string would have quotes. */
export interface Token {
  readonly token: string;
}

export type BareValue = number | string | boolean | Token | Uint8Array;
export type Parameters = ReadonlyMap<string, BareValue>;

/** A value with what is said about it. */
export interface Member {
  readonly value: BareValue | readonly Member[];
  readonly parameters: Parameters;
}

/**
 * Reads a dictionary whose members have a value each.
 *
 * @throws {Error} Anything else; the message holds nothing of the text.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { parseDictionary } from "@wavekeep/core/crypto";
 *
 * const { value, parameters } = parseDictionary('sig1=("@path");created=7').get("sig1")!;
 * deepStrictEqual(value, [{ value: "@path", parameters: new Map() }]);
 * deepStrictEqual([...parameters], [["created", 7]]);
 * ```
 */
export function parseDictionary(text: string): ReadonlyMap<string, Member> {
  const reader = new Reader(text);
  const members = new Map<string, Member>();
  reader.skip(/ */y);
  while (!reader.isAtEnd()) {
    const key = reader.take(KEY, "a key");
    if (members.has(key)) throw new Error("Cannot read dictionary: a key stands twice");
    reader.take(/=/y, "a value");
    members.set(key, readMember(reader));
    reader.skip(/[ \t]*/y);
    if (reader.isAtEnd()) break;
    reader.take(/,[ \t]*(?=[a-z*])/y, "a comma between members");
  }
  return members;
}

const KEY = /[a-z*][a-z0-9_.*-]*/y;

class Reader {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text.trimEnd();
  }

  isAtEnd(): boolean {
    return this.#offset === this.#text.length;
  }

  /** @param pattern Sticky. */
  skip(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#offset += found.length;
    return found;
  }

  /** @throws {Error} The text goes on otherwise. */
  take(pattern: RegExp, wanted: string): string {
    const found = this.skip(pattern);
    if (found !== undefined) return found;
    throw new Error(`Cannot read dictionary: ${wanted} is wanted at offset ${this.#offset}`);
  }
}

function readMember(reader: Reader): Member {
  if (reader.skip(/\(/y) === undefined) return readSingle(reader);
  const values: Member[] = [];
  reader.skip(/ */y);
  while (reader.skip(/\)/y) === undefined) {
    values.push(readSingle(reader));
    if (reader.skip(/ +/y) === undefined) reader.take(/(?=\))/y, "the list's end");
  }
  return { value: values, parameters: readParameters(reader) };
}

function readSingle(reader: Reader): Member {
  return { value: readBare(reader), parameters: readParameters(reader) };
}

function readParameters(reader: Reader): Parameters {
  const parameters = new Map<string, BareValue>();
  while (reader.skip(/; */y) !== undefined) {
    const key = reader.take(KEY, "a parameter");
    if (parameters.has(key)) throw new Error("Cannot read dictionary: a parameter stands twice");
    parameters.set(key, reader.skip(/=/y) === undefined ? true : readBare(reader));
  }
  return parameters;
}

function readBare(reader: Reader): BareValue {
  const text = reader.skip(/"(?:[ !#-[\]-~]|\\["\\])*"/y);
  if (text !== undefined) return text.slice(1, -1).replace(/\\(.)/g, "$1");
  const bytes = reader.skip(/:[A-Za-z0-9+/]*={0,2}:/y);
  if (bytes !== undefined) return decodeBase64(bytes.slice(1, -1));
  const flag = reader.skip(/\?[01]/y);
  if (flag !== undefined) return flag === "?1";
  const integer = reader.skip(/-?\d{1,15}(?![\d.])/y);
  if (integer !== undefined) return Number(integer);
  return { token: reader.take(/[A-Za-z*][\w!#$%&'*+\-.^`|~:/]*/y, "a value") };
}

function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    throw new Error("Cannot read dictionary: bytes are not base64");
  }
}

/** A member as it is written: what a signature covers of its own parameters. */
export function formatMember({ value, parameters }: Member): string {
  const text = Array.isArray(value)
    ? `(${(value as readonly Member[]).map(formatMember).join(" ")})`
    : formatBare(value as BareValue);
  return [
    text,
    ...[...parameters].map(([key, bare]) => bare === true ? key : `${key}=${formatBare(bare)}`),
  ].join(";");
}

function formatBare(value: BareValue): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "?1" : "?0";
  if (typeof value === "string") return `"${value.replace(/["\\]/g, "\\$&")}"`;
  return value instanceof Uint8Array ? `:${value.toBase64()}:` : value.token;
}
