/**
 * Testing. A log verified by a third party: from `core/log/FORMAT.md` and the files alone.
 *
 * Imports nothing of the product. Hashes are `@noble/hashes`, signatures WebCrypto's; the tree is
 * recomputed whole from the entries, and compared with every tile.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { TreesOfRfc } from "./merkle_from_rfc.ts";

/** What a third party gets. */
export interface PublishedLog {
  /** Files by path: `checkpoint`, tiles and bundles. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** From outside: name and raw Ed25519 key of the log. */
  readonly name: string;
  readonly publicKey: Uint8Array;
}

/** Size and root that a note says, when the log has signed it. */
export async function signedHead(
  bytes: Uint8Array,
  log: Pick<PublishedLog, "name" | "publicKey">,
): Promise<{ size: number; root: Uint8Array }> {
  const note = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  const at = note.lastIndexOf("\n\n");
  const [text, lines] = [note.slice(0, at + 1), note.slice(at + 2).split("\n")];
  const head = `— ${log.name} `;
  const line = lines.find((candidate) => candidate.startsWith(head));
  if (line === undefined) throw new Error("the log has not signed");
  const signed = fromBase64(line.slice(head.length));
  const named = [...new TextEncoder().encode(`${log.name}\n`), 1, ...log.publicKey];
  same(sha256(Uint8Array.from(named)).slice(0, 4), signed.slice(0, 4), "key id");
  const signature = signed.slice(4);
  const raw = new Uint8Array(log.publicKey);
  const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  const message = new TextEncoder().encode(text);
  if (!await crypto.subtle.verify("Ed25519", key, signature, message)) {
    throw new Error("the log's signature does not hold");
  }
  const [origin, size, root] = text.split("\n");
  if (origin !== log.name) throw new Error("another log");
  return { size: Number(size), root: fromBase64(root!) };
}

/** Entries of a log whose files agree with its signed root; anything else is an error. */
export async function verifiedEntries(log: PublishedLog): Promise<Uint8Array[]> {
  const { size, root } = await signedHead(file(log, "checkpoint"), log);
  const entries = readEntries(log, size);
  const tree = new TreesOfRfc(entries);
  same(tree.mth(0, entries.length), root, "root");
  for (let level = 0; 256 ** level <= entries.length; level++) {
    checkTiles(log, tree, level, entries.length);
  }
  return entries;
}

/** Type and bytes of what an entry commits to, when salt and content are the right ones. */
export function openedContent(
  entry: Uint8Array,
  opening: { readonly salt: Uint8Array; readonly content: Uint8Array },
): Uint8Array {
  const label = new TextEncoder().encode("wavekeep/leaf/v1\0");
  const hash = sha256(Uint8Array.from([...label, ...opening.salt, ...opening.content]));
  if (entry.length !== 56 || entry[0] !== 1) throw new Error("no entry of version 1");
  same(hash, entry.slice(24), "content");
  if (entry[1] !== opening.content[0]) throw new Error("another type");
  return opening.content;
}

/** Fields of a version of a noun, in FORMAT.md's order. */
export function nounOf(content: Uint8Array): {
  readonly code: number;
  readonly site: number;
  readonly id: Uint8Array;
  readonly number: number;
  readonly contentDigest: Uint8Array;
  readonly storedDigest: Uint8Array;
  readonly receivedAtMicros: bigint;
} {
  const code = content[0]!;
  const isNoun = 2 <= code && code <= 12 || 15 <= code && code <= 19;
  if (!isNoun || content.length !== 97) throw new Error("no version of a noun");
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  return {
    code,
    site: view.getUint32(1, true),
    id: content.slice(5, 21),
    number: view.getUint32(21, true),
    contentDigest: content.slice(25, 57),
    storedDigest: content.slice(57, 89),
    receivedAtMicros: view.getBigInt64(89, true),
  };
}

/** The canonical spelling only: otherwise one signature has several texts. */
function fromBase64(text: string): Uint8Array {
  return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
}

function readEntries(log: PublishedLog, size: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  while (entries.length < size) {
    const count = Math.min(256, size - entries.length);
    const bundle = file(log, pathOf("entries", entries.length / 256, count));
    let offset = 0;
    for (let i = 0; i < count; i++) {
      const length = bundle[offset]! * 256 + bundle[offset + 1]!;
      entries.push(bundle.slice(offset + 2, offset + 2 + length));
      offset += 2 + length;
    }
    if (offset !== bundle.length) throw new Error("a bundle of another length");
  }
  return entries;
}

function checkTiles(log: PublishedLog, tree: TreesOfRfc, level: number, size: number): void {
  const span = 256 ** level;
  const count = Math.floor(size / span);
  for (let first = 0; first < count; first += 256) {
    const width = Math.min(256, count - first);
    const tile = file(log, pathOf(String(level), first / 256, width));
    if (tile.length !== 32 * width) throw new Error("a tile of another length");
    for (let i = 0; i < width; i++) {
      const hash = tree.mth((first + i) * span, (first + i + 1) * span);
      same(hash, tile.slice(32 * i, 32 * i + 32), "tile");
    }
  }
}

function pathOf(level: string, index: number, width: number): string {
  if (index > 999) throw new Error("more than this test needs");
  return `tile/${level}/${String(index).padStart(3, "0")}${width === 256 ? "" : `.p/${width}`}`;
}

function file(log: PublishedLog, path: string): Uint8Array {
  const bytes = log.files.get(path);
  if (bytes === undefined) throw new Error(`${path} is not there`);
  return bytes;
}

function same(a: Uint8Array, b: Uint8Array, what: string): void {
  if (a.length !== b.length || a.some((byte, i) => byte !== b[i])) {
    throw new Error(`another ${what}`);
  }
}
