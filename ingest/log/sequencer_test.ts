import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { nodeSha256 } from "@wavekeep/core/crypto";
import {
  decodeLogEntry,
  formatVerifierKey,
  hashLeaf,
  merkleRoot,
  openCheckpoint,
  parseVerifierKey,
} from "@wavekeep/core/log";
import { createLogger } from "@wavekeep/core/service";
import { verifiedEntries } from "../../core/testing/verify_log_from_format.ts";
import type { LogHead } from "./log_store.ts";
import { NOTE_CRYPTO, noteSigner } from "./note_key.ts";
import { isFinal, LogForkError, Sequencer, type SequencerDeps } from "./sequencer.ts";
import {
  emptyMemoryLog,
  FAULTS,
  memoryKept,
  type MemoryLog,
  memoryLogStore,
  servedFiles,
} from "./testing/memory_log_store.ts";

const SIGNER = noteSigner(new Uint8Array(32).fill(7), "test.example/log", "ed25519");
const WITNESS = noteSigner(new Uint8Array(32).fill(8), "witness.example/w", "cosignature");

function sequencerOf(log: MemoryLog, changes: Partial<SequencerDeps> = {}): Sequencer {
  return new Sequencer({
    store: memoryLogStore(log),
    kept: memoryKept(log),
    signer: SIGNER,
    askWitnesses: ({ head }) => {
      log.seen.push(head.note);
      return Promise.resolve([]);
    },
    randomBytes: (byteLength) => new Uint8Array(byteLength).fill(1),
    nowMicros: () => 5n,
    incarnation: () => Promise.resolve(1),
    logger: createLogger({ service: "test", write: () => {} }),
    ...changes,
  });
}

/** An entry nobody has to open. */
function entryOf(number: number): Uint8Array {
  const entry = new Uint8Array(56).fill(number & 0xff);
  entry.set([1, 1]);
  new DataView(entry.buffer).setUint32(20, number, true);
  return entry;
}

function addEvents(log: MemoryLog, count: number): void {
  for (let i = 0; i < count; i++) log.events.push(entryOf(log.events.length));
}

/** The log as an outsider sees it: log-start, then every event once, in order. */
async function checkPublished(log: MemoryLog): Promise<void> {
  const entries = await verifiedEntries({
    files: servedFiles(log),
    name: SIGNER.key.name,
    publicKey: SIGNER.key.publicKey,
  });
  strictEqual(decodeLogEntry(entries[0]!).type, "log-start");
  deepStrictEqual(entries.slice(1), log.events);
}

/** Checkpoints that were shown to anybody never contradict each other: one root for each size. */
async function checkNoFork(log: MemoryLog): Promise<void> {
  const roots = new Map<number, string>();
  for (const note of log.seen) {
    const policy = { origin: SIGNER.key.name, logKey: SIGNER.key, witnessKeys: [], quorum: 0 };
    const { checkpoint } = await openCheckpoint(note, { policy, crypto: NOTE_CRYPTO });
    const root = checkpoint.root.toHex();
    strictEqual(roots.get(checkpoint.size) ?? root, root, `two roots of ${checkpoint.size} leaves`);
    roots.set(checkpoint.size, root);
  }
}

Deno.test("Sequencer starts a log with log-start and publishes what an outsider can verify", async () => {
  const log = emptyMemoryLog();
  const sequencer = sequencerOf(log);
  for (const count of [0, 1, 254, 1, 255, 256, 700]) {
    addEvents(log, count);
    const result = await sequencer.step();
    strictEqual(result.leafCount, count);
    strictEqual(result.size, 1 + log.events.length);
    await checkPublished(log);
  }
});

Deno.test("Sequencer goes on after a restart at every size around the edge of a tile", async () => {
  const log = emptyMemoryLog();
  for (const count of [1, 253, 1, 1, 1, 255, 65_000, 24, 1]) {
    addEvents(log, count);
    const sequencer = sequencerOf(log);
    while ((await sequencer.step()).hasMore);
    strictEqual(log.head!.size, 1 + log.events.length);
  }
  const entries = [log.tiles.get("-1/0")!.bytes.subarray(2, 58), ...log.events];
  const leaves = entries.map((entry) => hashLeaf(entry, nodeSha256));
  deepStrictEqual(log.head!.root, merkleRoot(leaves, nodeSha256));
});

for (const write of ["start", "append", "keep", "publish"]) {
  for (const how of FAULTS) {
    for (const isRestarted of [false, true]) {
      const then = isRestarted ? "a restart" : "the next step";
      Deno.test(`Sequencer: ${write} ${how}, and ${then} goes on without a fork`, async () => {
        const log = emptyMemoryLog();
        let sequencer = sequencerOf(log);
        if (write !== "start") {
          addEvents(log, 300);
          await sequencer.step();
        }
        addEvents(log, 20);
        log.fault = { write, how };
        await rejects(sequencer.step(), new RegExp(`${write} ${how}`));
        // What comes meanwhile makes another tree than the one that was about to be signed.
        addEvents(log, 7);
        if (isRestarted) sequencer = sequencerOf(log);
        await sequencer.step();
        await sequencer.step();
        strictEqual(log.head!.size, 1 + log.events.length);
        deepStrictEqual(log.head!.publishedSize, log.head!.size);
        await checkPublished(log);
        await checkNoFork(log);
      });
    }
  }
}

Deno.test("Sequencer: of two at once one stops, and no split view is signed", async () => {
  const log = emptyMemoryLog();
  const [first, second] = [sequencerOf(log), sequencerOf(log)];
  addEvents(log, 10);
  await first.step();
  await second.step();
  addEvents(log, 5);
  await first.step();
  addEvents(log, 5);
  await rejects(second.step(), (error) => isFinal(error));
  await first.step();
  await checkPublished(log);
  await checkNoFork(log);
});

Deno.test("Sequencer refuses a database that was rolled back, and says to which size", async () => {
  const log = emptyMemoryLog();
  addEvents(log, 10);
  await sequencerOf(log).step();
  const yesterday = structuredClone({ head: log.head, tiles: [...log.tiles] });
  addEvents(log, 10);
  await sequencerOf(log).step();
  log.head = yesterday.head as LogHead;
  log.tiles.clear();
  for (const [name, tile] of yesterday.tiles) log.tiles.set(name, tile);
  await rejects(sequencerOf(log).step(), /rolled back at size 11; 21 leaves were signed/);
  log.head = undefined;
  await rejects(sequencerOf(log).step(), LogForkError);
});

Deno.test("Sequencer refuses to go on without the checkpoint that it kept", async () => {
  const log = emptyMemoryLog();
  await sequencerOf(log).step();
  // A crash between the first commit and the file: nothing but log-start was ever signed.
  log.kept = undefined;
  addEvents(log, 10);
  await sequencerOf(log).step();
  log.kept = undefined;
  await rejects(
    sequencerOf(log).step(),
    (error) => error instanceof LogForkError && /log\.checkpoint is gone/.test(error.message),
  );
});

Deno.test("Sequencer refuses stored tiles and heads in which a bit has flipped", async () => {
  const log = emptyMemoryLog();
  addEvents(log, 300);
  await sequencerOf(log).step();
  for (
    const [name, tile] of [...log.tiles].filter(([name]) => name !== "-1/0" && name !== "-1/1")
  ) {
    if (tile.width === 256) continue;
    const bytes = tile.bytes.slice();
    bytes[5]! ^= 1;
    log.tiles.set(name, { ...tile, bytes });
    await rejects(sequencerOf(log).step(), LogForkError, name);
    log.tiles.set(name, tile);
  }
  const head = log.head!;
  log.head = { ...head, root: head.root.map((byte, i) => i === 3 ? byte ^ 4 : byte) };
  await rejects(sequencerOf(log).step(), LogForkError);
  log.head = head;
  await sequencerOf(log).step();
});

Deno.test("Sequencer signs nothing when entries read again are others than those hashed", async () => {
  const log = emptyMemoryLog();
  await sequencerOf(log).step();
  addEvents(log, 3);
  const store = memoryLogStore(log);
  const sequencer = sequencerOf(log, {
    store: {
      ...store,
      between: async (after, last) => {
        const entries = await store.between(after, last);
        return entries.map((entry, i) => i === 1 ? entry.map((byte) => byte ^ 1) : entry);
      },
    },
  });
  await rejects(sequencer.step(), /Cannot/);
  strictEqual(log.head!.size, 1);
  strictEqual(log.seen.length, 2);
});

Deno.test("Sequencer publishes cosignatures, and says unwitnessed when there are none", async () => {
  const log = emptyMemoryLog();
  addEvents(log, 3);
  const { cosignNote, formatSignatureLine, parseNote } = await import("@wavekeep/core/log");
  const witnessed = () =>
    sequencerOf(log, {
      askWitnesses: async ({ head }) => {
        const line = await cosignNote(parseNote(head.note).text, {
          ...WITNESS,
          timestampSeconds: 9,
          sha256: nodeSha256,
        });
        return [new TextEncoder().encode(formatSignatureLine(line))];
      },
    });
  strictEqual((await witnessed().step()).witnessCount, 1);
  strictEqual(log.head!.witnessedSize, 4);
  const policy = {
    origin: SIGNER.key.name,
    logKey: SIGNER.key,
    witnessKeys: [parseVerifierKey(formatVerifierKey(WITNESS.key, nodeSha256), nodeSha256)],
    quorum: 1,
  };
  const opened = await openCheckpoint(log.checkpoint!, { policy, crypto: NOTE_CRYPTO });
  strictEqual(opened.witnessCount, 1);
  deepStrictEqual(log.kept, log.checkpoint);
  // Away, and the log goes on.
  addEvents(log, 1);
  const alone = sequencerOf(log);
  strictEqual((await alone.step()).witnessCount, 0);
  strictEqual(log.head!.witnessedSize, 4);
  ok(log.head!.publishedSize === 5);
  const { revision } = log.head!;
  await alone.step();
  strictEqual(log.head!.revision, revision, "what is served is not written again");
  // Back, and a log that stands still is witnessed after all.
  const again = witnessed();
  strictEqual((await again.step()).leafCount, 0);
  strictEqual(log.head!.witnessedSize, 5);
  strictEqual((await again.step()).witnessCount, 0);
});
