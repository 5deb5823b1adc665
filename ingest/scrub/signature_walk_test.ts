// Which chunks of a signed stream are found, and how many signatures that takes.

import { deepStrictEqual, ok } from "node:assert/strict";
import {
  type ChunkHeader,
  chunkSignatureMessage,
  type SignaturePolicy,
} from "@wavekeep/core/chunk";
import { ed25519Signer } from "@wavekeep/core/crypto";
import { SignatureWalk, type WalkedChunk } from "./signature_walk.ts";

const SIGNER = ed25519Signer(new Uint8Array(32).fill(4));
const OTHER = ed25519Signer(new Uint8Array(32).fill(5));

/** Of a chunk only what a walk looks at: its signature stands before the checksum. */
function chunk(sequence: number, signer?: typeof SIGNER): WalkedChunk {
  const chunkDigest = new Uint8Array(32).fill(sequence);
  const bytes = new Uint8Array(228);
  if (signer !== undefined) bytes.set(signer.sign(chunkSignatureMessage(chunkDigest)), 160);
  const header = { sequence, signed: signer !== undefined, payloadByteLength: 0 } as ChunkHeader;
  return { header, bytes, chunkDigest };
}

/** Walks along; a number is a damaged chunk. */
function walk(
  chunks: readonly (WalkedChunk | number)[],
  { policy = "run" as SignaturePolicy, publicKey = SIGNER.publicKey, isDeep = false } = {},
): number[] {
  const signatures = new SignatureWalk({ policy, publicKey });
  const found: number[] = [];
  let before: number | undefined;
  for (const one of chunks) {
    if (typeof one === "number") {
      found.push(...signatures.skip());
      before = one;
      continue;
    }
    const { sequence } = one.header;
    found.push(...signatures.add(one, { isChained: before === sequence - 1, isDeep }));
    before = sequence;
  }
  return [...found, ...signatures.end()];
}

const plain = (...sequences: number[]) => sequences.map((sequence) => chunk(sequence));
const signed = (...sequences: number[]) => sequences.map((sequence) => chunk(sequence, SIGNER));
const forged = (...sequences: number[]) => sequences.map((sequence) => chunk(sequence, OTHER));

Deno.test("SignatureWalk finds nothing in runs with their signed ends, in any depth", () => {
  const runs = [
    ...plain(0, 1, 2),
    ...signed(3, 4),
    ...plain(5),
    ...signed(6),
    ...plain(9),
    ...signed(10),
  ];
  deepStrictEqual(walk(runs), []);
  deepStrictEqual(walk(runs, { isDeep: true }), []);
  deepStrictEqual(walk(signed(...Array(100).keys()), { policy: "chunk" }), []);
});

Deno.test("SignatureWalk finds a run whose end is gone, and what nobody signed", () => {
  deepStrictEqual(walk([...plain(0, 1), ...signed(2), ...plain(3, 4)]), [3, 4]);
  deepStrictEqual(walk([...plain(0, 1), ...signed(3)]), [0, 1]);
  deepStrictEqual(walk([...signed(0), ...plain(1), ...signed(2)], { policy: "chunk" }), [1]);
  deepStrictEqual(walk(signed(0), { policy: "none" }), [0]);
});

Deno.test("SignatureWalk finds signatures of another key, wherever the chain ends", () => {
  deepStrictEqual(walk([...plain(0), ...forged(1)]), [1]);
  deepStrictEqual(walk([...forged(1), ...signed(3)]), [1]);
  deepStrictEqual(walk(signed(0, 1), { publicKey: OTHER.publicKey }), [1]);
  // A later signature over the same chain speaks for the chunk, and not for the bytes of the earlier one.
  deepStrictEqual(walk([...forged(0), ...signed(1)]), []);
  deepStrictEqual(walk([...forged(0), ...signed(1)], { isDeep: true }), [0]);
  const long = forged(...Array(100).keys());
  ok(walk(long, { policy: "chunk" }).length >= 3, "one in 32");
});

Deno.test("SignatureWalk blames nobody for a damaged neighbour", () => {
  deepStrictEqual(walk([...plain(0, 1), 2, ...plain(3), ...signed(4)]), []);
});
