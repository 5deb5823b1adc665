// Which tiles a proof asks the database for, and what becomes of tiles that turn out to be wrong.

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { nodeSha256, randomKey, seal, segmentRecordPlace } from "@wavekeep/core/crypto";
import {
  encodeTile,
  formatCheckpoint,
  formatNote,
  formatTilePath,
  hashLeaf,
  MerkleTree,
  type TileId,
} from "@wavekeep/core/log";
import { IntegrityError } from "../integrity_error.ts";
import { leafOfChunk, proveChunk } from "./chunk_proof.ts";
import { KnownTiles } from "./known_tiles.ts";
import type { ChunkLeafRow, FoundChunk } from "./proof_store.ts";

const KEY = randomKey();
const SEGMENT_ID = "22".repeat(16);
const RECORDING_ID = "019a0000-0000-7000-8000-000000000001";

const rowAt = (leafIndex: number): ChunkLeafRow => ({
  sequence: leafIndex,
  leafIndex,
  chunkDigest: new Uint8Array(32).fill(leafIndex & 255),
  storedDigest: new Uint8Array(32).fill(leafIndex >> 8),
  receivedAtMicros: 1n,
  leafSalt: null,
});

/** A log of chunks of one stream, served as tiles; each time that one is asked for is written down. */
class ServedLog {
  readonly tree = new MerkleTree(nodeSha256);
  readonly asked: string[] = [];
  readonly knownTiles = new KnownTiles();
  isDamaged = false;
  readonly proofs = {
    tiles: (_log: number, tiles: readonly TileId[]) => {
      const found = new Map<string, Uint8Array>();
      for (const tile of tiles) {
        const path = formatTilePath(tile);
        this.asked.push(path);
        const bytes = encodeTile(tile, this.tree.nodeHashOf);
        if (this.isDamaged) bytes[0]! ^= 1;
        found.set(path, bytes);
      }
      return Promise.resolve(found);
    },
  };

  growTo(size: number): void {
    const identity = { siteId: 1, segmentId: SEGMENT_ID, stream: 0, key: KEY };
    for (let index = this.tree.size; index < size; index++) {
      this.tree.append(hashLeaf(leafOfChunk(rowAt(index), identity).entry, nodeSha256));
    }
  }

  /** The proof of a chunk, and the tiles that were read for it. */
  async prove(sequence: number): Promise<string[]> {
    const text = formatCheckpoint({
      origin: "wavekeep.test/log",
      size: this.tree.size,
      root: this.tree.root(),
      extensions: [],
    });
    const signature = { name: "wavekeep.test/log", keyId: 1, signature: new Uint8Array(64) };
    const found: FoundChunk = {
      recording: { siteId: 1, recordingId: RECORDING_ID } as FoundChunk["recording"],
      segmentNumber: 0,
      record: seal(KEY, segmentRecordPlace(1, RECORDING_ID, 0), new Uint8Array(3)),
      signature: null,
      hasStream: true,
      head: { logNumber: 1, checkpoint: formatNote({ text, signatures: [signature] }) },
      leaf: rowAt(sequence),
    };
    const before = this.asked.length;
    const proof = await proveChunk(
      this,
      { segmentId: SEGMENT_ID, stream: 0, sequence },
      found,
      KEY,
    );
    strictEqual(proof.index, sequence);
    return this.asked.slice(before).sort();
  }
}

Deno.test("proveChunk() reads each tile once, and what has grown once more", async () => {
  const log = new ServedLog();
  log.growTo(700);
  deepStrictEqual(await log.prove(3), ["tile/0/000", "tile/0/002.p/188", "tile/1/000.p/2"]);
  deepStrictEqual(await log.prove(250), []);
  deepStrictEqual(await log.prove(300), ["tile/0/001"]);
  log.growTo(701);
  deepStrictEqual(await log.prove(3), ["tile/0/002.p/189"]);
  deepStrictEqual(await log.prove(600), []);
});

Deno.test("proveChunk() proves nothing by damaged tiles, and keeps none of them", async () => {
  const log = new ServedLog();
  log.growTo(300);
  log.isDamaged = true;
  await rejects(log.prove(3), (error) => error instanceof IntegrityError && error.step === "log");
  log.isDamaged = false;
  ok((await log.prove(3)).length > 0);

  // One was damaged when it was read for another proof, which did not need that hash.
  log.knownTiles.keep(
    1,
    { level: 0, index: 0, width: 256 },
    new Uint8Array(encodeTile({ level: 0, index: 0, width: 256 }, log.tree.nodeHashOf)).fill(
      7,
      0,
      32,
    ),
  );
  deepStrictEqual(await log.prove(1), ["tile/0/000", "tile/0/001.p/44"]);
  deepStrictEqual(await log.prove(1), []);
});

Deno.test("KnownTiles forgets the tile that was used longest ago", () => {
  const known = new KnownTiles(2);
  const tile = (index: number): TileId => ({ level: 0, index, width: 1 });
  for (const index of [0, 1]) known.keep(1, tile(index), new Uint8Array(32));
  ok(known.find(1, tile(0)));
  known.keep(1, tile(2), new Uint8Array(32));
  deepStrictEqual([0, 1, 2].map((index) => known.find(1, tile(index)) !== undefined), [
    true,
    false,
    true,
  ]);
  strictEqual(known.find(2, tile(0)), undefined, "of another log");
  strictEqual(known.find(1, { ...tile(0), width: 2 }), undefined, "wider than what is kept");
});
