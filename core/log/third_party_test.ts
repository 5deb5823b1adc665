/** A log that core writes, verified by code that imports nothing of the product. @module */

import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import { nodeSha256 as sha256 } from "../crypto/sha256.ts";
import { ed25519Of } from "../testing/ed25519.ts";
import { openedContent, verifiedEntries } from "../testing/verify_log_from_format.ts";
import { formatCheckpoint } from "./checkpoint.ts";
import { encodeEntryBundle } from "./entry_bundle.ts";
import { encodeLeafContent, type LeafContent } from "./leaf_content.ts";
import { encodeLogEntry, makeLogEntry } from "./log_entry.ts";
import { hashLeaf } from "./merkle_hash.ts";
import { MerkleTree } from "./merkle_tree.ts";
import { formatNote } from "./note.ts";
import { signNote } from "./sign_note.ts";
import { formatTilePath, newTiles } from "./tile.ts";
import { encodeTile } from "./tile_hashes.ts";

const SIZE = 600;
const name = "example.com/ward-7";
const { publicKey, sign } = await ed25519Of(new Uint8Array(32).fill(7));
const saltOf = (sequence: number) => sha256(Uint8Array.of(sequence, sequence >> 8));
const entries = Array.from({ length: SIZE }, (_, sequence) =>
  encodeLogEntry(makeLogEntry({
    pseudonym: new Uint8Array(16).fill(1),
    salt: saltOf(sequence),
    content: contentOf(sequence),
  }, sha256)));

function contentOf(sequence: number): LeafContent {
  return {
    type: "chunk",
    siteId: 1,
    segmentId: new Uint8Array(16).fill(2),
    stream: 0,
    sequence,
    chunkDigest: sha256(Uint8Array.of(3, sequence, sequence >> 8)),
    storedDigest: sha256(Uint8Array.of(4, sequence, sequence >> 8)),
    receivedAtMicros: BigInt(sequence),
  };
}

async function publish(): Promise<Map<string, Uint8Array>> {
  const tree = new MerkleTree(sha256);
  for (const entry of entries) tree.append(hashLeaf(entry, sha256));
  const files = new Map<string, Uint8Array>();
  for (const tile of newTiles(0, SIZE)) {
    files.set(formatTilePath(tile), encodeTile(tile, tree.nodeHashOf));
    if (tile.level !== 0) continue;
    const first = tile.index * 256;
    const bundle = encodeEntryBundle(entries.slice(first, first + tile.width));
    files.set(formatTilePath({ ...tile, level: "entries" }), bundle);
  }
  const text = formatCheckpoint({ origin: name, size: SIZE, root: tree.root(), extensions: [] });
  const key = { name, type: "ed25519", publicKey } as const;
  const signatures = [await signNote(text, { key, sign, sha256 })];
  return files.set("checkpoint", formatNote({ text, signatures }));
}

const files = await publish();

Deno.test("a third party reads every entry of a log, and opens one", async () => {
  deepStrictEqual(await verifiedEntries({ files, name, publicKey }), entries);
  const content = encodeLeafContent(contentOf(599));
  strictEqual(openedContent(entries[599]!, { salt: saltOf(599), content })[0], 1);
  throws(() => openedContent(entries[598]!, { salt: saltOf(599), content }), /another content/);
});

Deno.test("a third party notices one changed byte in each file of a log, and each file missing", async () => {
  strictEqual(files.size, 1 + 3 + 3 + 1);
  for (const [path, bytes] of files) {
    for (const at of [0, bytes.length >> 1, bytes.length - 3]) {
      const damaged = bytes.slice();
      damaged[at] = damaged[at]! ^ 0x04;
      const changed = new Map(files).set(path, damaged);
      await rejects(verifiedEntries({ files: changed, name, publicKey }), path);
    }
    const fewer = new Map(files);
    fewer.delete(path);
    await rejects(verifiedEntries({ files: fewer, name, publicKey }), /is not there/);
  }
});
