/**
 * Layer 6. What the log's leaves of a recording need of its data key: a pseudonym, and a salt for each.
 *
 * Sole owner of both derivations. They die with the patient's key: afterwards no entry can be tied to the
 * recording, and no content that somebody guesses can be compared with an entry. Nothing has to be deleted
 * for that, and nothing is stored.
 *
 * Hazard: a salt depends on every byte of its content, so a content must never be encoded in two ways.
 *
 * @see core/log/FORMAT.md, "Entry"; decisions 0010 and 0027
 * @module
 */
import { assert } from "../assert.ts";
import { asciiBytes, formatHex } from "../bytes/mod.ts";
import { sha256Into } from "../checksum/mod.ts";
import { encodeLeafContent, encodeLogEntry, type LeafContent, makeLogEntry } from "../log/mod.ts";
import { KEY_BYTES, seal, unseal } from "./seal.ts";
import { keyedDigest, nodeSha256 } from "./sha256.ts";

const PSEUDONYM_LABEL = asciiBytes("wavekeep/log-pseudonym/v1\0");
const SALT_LABEL = asciiBytes("wavekeep/leaf-salt/v1\0");
/** Input block of SHA-256, which HMAC pads its key to. */
const BLOCK_BYTES = 64;

/** The 16 bytes that stand for a recording in the log. */
export function logPseudonym(dataKey: Uint8Array): Uint8Array {
  return keyedDigest(dataKey, PSEUDONYM_LABEL).slice(0, 16);
}

/**
 * The salt of a recording's leaf, 32 bytes: HMAC-SHA-256 of the label and the content.
 *
 * @param content `encodeLeafContent` of the leaf.
 *
 * @example
 * ```ts
 * import { notDeepStrictEqual, strictEqual } from "node:assert/strict";
 * import { leafSalt, randomKey } from "@wavekeep/core/crypto";
 *
 * const content = Uint8Array.of(1, 2, 3);
 * const salt = leafSalt(randomKey(), content);
 * strictEqual(salt.byteLength, 32);
 * notDeepStrictEqual(leafSalt(randomKey(), content), salt);
 * ```
 */
export function leafSalt(dataKey: Uint8Array, content: Uint8Array): Uint8Array {
  return leafSalts(dataKey)(content);
}

/**
 * {@link leafSalt} for many leaves of one key: two plain hashes each, which are made with every chunk that
 * is taken in, in a third of the time of an HMAC object. A salt is good until the next one is asked for.
 */
export function leafSalts(dataKey: Uint8Array): (content: Uint8Array) => Uint8Array {
  assert(dataKey.byteLength === KEY_BYTES, "a data key has 32 bytes");
  const outer = new Uint8Array(BLOCK_BYTES + 32).fill(0x5c, 0, BLOCK_BYTES);
  const prefix = new Uint8Array(BLOCK_BYTES + SALT_LABEL.byteLength).fill(0x36, 0, BLOCK_BYTES);
  for (const [index, byte] of dataKey.entries()) {
    outer[index]! ^= byte;
    prefix[index]! ^= byte;
  }
  prefix.set(SALT_LABEL, BLOCK_BYTES);
  const hashed = outer.subarray(BLOCK_BYTES);
  const salt = new Uint8Array(32);
  let inner = new Uint8Array(0);
  return (content) => {
    if (inner.byteLength !== prefix.byteLength + content.byteLength) {
      inner = new Uint8Array(prefix.byteLength + content.byteLength);
      inner.set(prefix);
    }
    inner.set(content, prefix.byteLength);
    sha256Into(nodeSha256, inner, hashed);
    return sha256Into(nodeSha256, outer, salt);
  };
}

/** The secrets of a recording that its leaves are made with. */
export interface LeafSecrets {
  /** The data key, 32 bytes. */
  readonly key: Uint8Array;
  /** {@link logPseudonym}. */
  readonly pseudonym: Uint8Array;
  /** {@link leafSalts}. */
  readonly saltOf: (content: Uint8Array) => Uint8Array;
}

/** Whose leaf it is. */
export interface LeafScope {
  readonly siteId: number;
  readonly recordingId: string;
  readonly secrets: LeafSecrets;
}

/** A leaf as its event row holds it. The sequencer finds it there; nothing else has to be told. */
export interface NewLeaf {
  /** 56 bytes: what everybody may see. */
  readonly entry: Uint8Array;
  /** As it is stored: sealed where it is a recording's, plain where there is a salt. */
  readonly content: Uint8Array;
  /** Null when it is derived from the recording's data key. */
  readonly salt: Uint8Array | null;
}

/**
 * The leaf of something that belongs to a recording. Its content is sealed: digests of short texts could be
 * guessed, and after an erasure nothing of it may be left.
 */
export function recordingLeaf(scope: LeafScope, content: LeafContent): NewLeaf {
  const bytes = encodeLeafContent(content);
  const { key, pseudonym, saltOf } = scope.secrets;
  const entry = encodeLogEntry(
    makeLogEntry({ pseudonym, salt: saltOf(bytes), content }, nodeSha256),
  );
  return { entry, content: seal(key, contentPlace(scope, entry), bytes), salt: null };
}

/**
 * Opens the stored content of a recording's leaf.
 *
 * @returns The content's bytes, `decodeLeafContent` reads them.
 * @throws {CorruptInputError} Another entry, key or place than it was sealed for.
 */
export function openLeafContent(
  dataKey: Uint8Array,
  of: Pick<LeafScope, "siteId" | "recordingId"> & { readonly entry: Uint8Array },
  stored: Uint8Array,
): Uint8Array {
  return unseal(dataKey, contentPlace(of, of.entry), stored);
}

function contentPlace(
  { siteId, recordingId }: Pick<LeafScope, "siteId" | "recordingId">,
  entry: Uint8Array,
): string {
  return `event.leaf_content/${siteId}/${recordingId}/${formatHex(entry)}`;
}

const NO_RECORDING = new Uint8Array(16);

/**
 * The leaf of something without a data key: of no recording, or of an erased one.
 *
 * @param salt 32 random bytes, stored with it.
 * @param pseudonym Of the recording it is about, where the log shall show that.
 */
export function looseLeaf(
  content: LeafContent,
  salt: Uint8Array,
  pseudonym: Uint8Array = NO_RECORDING,
): NewLeaf {
  const entry = makeLogEntry({ pseudonym, salt, content }, nodeSha256);
  return { entry: encodeLogEntry(entry), content: encodeLeafContent(content), salt };
}
