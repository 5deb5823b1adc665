import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { setImmediate } from "node:timers";
import { CommitOutcomeUnknownError, createLogger } from "@wavekeep/core/service";
import { type CommitQueue, createCommitQueue } from "./commit_queue.ts";
import { DEFAULT_INGEST_LIMITS, type IngestLimits } from "./deps.ts";
import type { ChunkRequest, IngestStore, NewChunk, PutChunkResult } from "./store/ingest_store.ts";
import { StoreUnavailableError } from "./store/store_errors.ts";

const lines: string[] = [];
const logger = createLogger({ service: "test", write: (line) => lines.push(line) });

/** A store whose every transaction ends when the test says so. */
function gatedStore() {
  const groups: (readonly ChunkRequest[])[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const commit = async (requests: readonly ChunkRequest[]): Promise<PutChunkResult[][]> => {
    groups.push(requests);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    return requests.map(({ chunks }) =>
      chunks.map((chunk) => ({ outcome: "stored", chunk: { ...chunk, incarnation: 1 } }))
    );
  };
  const store = {
    putChunks: async (sender, chunks, sets = []) => (await commit([{ sender, chunks, sets }]))[0]!,
    putChunkGroup: commit,
  } as Pick<IngestStore, "putChunks" | "putChunkGroup"> as IngestStore;
  return { store, groups, gates };
}

function queueOver(store: IngestStore, limits: Partial<IngestLimits> = {}): CommitQueue {
  return createCommitQueue({
    store,
    logger,
    limits: { ...DEFAULT_INGEST_LIMITS, groupsAtOnce: 1, ...limits },
  });
}

function chunkOf(sequence: number, byteLength = 10): NewChunk {
  return {
    recordingId: "019a0000-0000-7000-8000-000000000000",
    segmentNumber: 0,
    stream: 0,
    sequence,
    firstSample: sequence * 256,
    sampleCount: 256,
    chunkDigest: new Uint8Array(32),
    storedDigest: new Uint8Array(32),
    receivedAtMicros: 1n,
    leafEntry: new Uint8Array(56),
    leafHash: new Uint8Array(32),
    body: new Uint8Array(byteLength),
  };
}

function requestOf(actor: string, sequences: readonly number[], siteId = 1): ChunkRequest {
  return {
    sender: { siteId, actor, role: "device", requestId: `${actor}-${sequences[0]}` },
    chunks: sequences.map((sequence) => chunkOf(sequence)),
    sets: [],
  };
}

/** Actors and sequences of every group so far, such as `a:0,1 b:7`. */
function spell(groups: readonly (readonly ChunkRequest[])[]): string[] {
  return groups.map((group) =>
    group.map(({ sender, chunks }) =>
      `${sender.actor}:${chunks.map(({ sequence }) => sequence).join(",")}`
    ).join(" ")
  );
}

/** Lets the queue start what it can: it waits for the end of a turn of the event loop, as this does. */
async function turn(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

Deno.test("putChunks() of an idle queue goes at once, and what comes meanwhile goes together", async () => {
  const { store, groups, gates } = gatedStore();
  const queue = queueOver(store);
  const first = queue.putChunks(requestOf("a", [0]));
  await turn();
  deepStrictEqual(spell(groups), ["a:0"]);
  const others = ["b", "c", "d"].map((actor, i) => queue.putChunks(requestOf(actor, [i + 1])));
  await turn();
  strictEqual(groups.length, 1);
  gates[0]!.resolve();
  strictEqual((await first)[0]!.outcome, "stored");
  await turn();
  deepStrictEqual(spell(groups), ["a:0", "b:1 c:2 d:3"]);
  gates[1]!.resolve();
  const results = await Promise.all(others);
  deepStrictEqual(
    results.map(([result]) => result!.outcome === "stored" && result!.chunk.sequence),
    [1, 2, 3],
  );
});

Deno.test("putChunks() answers nobody before the group has committed", async () => {
  const { store, gates } = gatedStore();
  const queue = queueOver(store);
  let answers = 0;
  const requests = [0, 1, 2].map((sequence) =>
    queue.putChunks(requestOf(`device-${sequence}`, [sequence])).then(() => answers++)
  );
  await turn();
  strictEqual(answers, 0);
  gates[0]!.resolve();
  await Promise.all(requests);
  strictEqual(answers, 3);
});

Deno.test("a sender of batches does not hold up a sender of single chunks", async () => {
  const { store, groups, gates } = gatedStore();
  const queue = queueOver(store, { groupChunksMax: 4 });
  const all = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]].map((sequences) =>
    queue.putChunks(requestOf("bulk", sequences))
  );
  all.push(queue.putChunks(requestOf("live", [100])));
  all.push(queue.putChunks(requestOf("live", [101])));
  const settling = queue.settled();
  for (let group = 0; group < 4; group++) {
    await turn();
    gates[group]!.resolve();
  }
  await Promise.all(all);
  await settling;
  deepStrictEqual(spell(groups), [
    "bulk:0,1,2 live:100",
    "bulk:3,4,5 live:101",
    "bulk:6,7,8",
    "bulk:9,10,11",
  ]);
});

Deno.test("sites take turns, and no group is of two", async () => {
  const { store, groups, gates } = gatedStore();
  const queue = queueOver(store, { groupChunksMax: 2 });
  const all = [0, 1, 2, 3].map((sequence) =>
    queue.putChunks(requestOf(`a${sequence}`, [sequence]))
  );
  all.push(queue.putChunks(requestOf("z", [9], 2)));
  for (let group = 0; group < 3; group++) {
    await turn();
    gates[group]!.resolve();
  }
  await Promise.all(all);
  deepStrictEqual(spell(groups), ["a0:0 a1:1", "z:9", "a2:2 a3:3"]);
});

Deno.test("two requests with one position go into two groups", async () => {
  const { store, groups, gates } = gatedStore();
  const queue = queueOver(store);
  const all = [
    queue.putChunks(requestOf("a", [0, 1])),
    queue.putChunks(requestOf("a", [1, 2])),
    queue.putChunks(requestOf("b", [5])),
  ];
  await turn();
  gates[0]!.resolve();
  await turn();
  gates[1]!.resolve();
  await Promise.all(all);
  deepStrictEqual(spell(groups), ["a:0,1 b:5", "a:1,2"]);
});

Deno.test("putChunks() refuses at once what would wait beyond the bounds, and takes it later", async () => {
  for (const limits of [{ waitingChunksMax: 3 }, { waitingBytesMax: 30 }]) {
    const { store, groups, gates } = gatedStore();
    const queue = queueOver(store, limits);
    const first = queue.putChunks(requestOf("a", [0]));
    await turn();
    const second = queue.putChunks(requestOf("b", [1, 2]));
    await rejects(queue.putChunks(requestOf("c", [3, 4])), StoreUnavailableError);
    gates[0]!.resolve();
    await first;
    await turn();
    gates[1]!.resolve();
    await second;
    // A request alone fits whatever the bounds.
    const third = queue.putChunks(requestOf("c", [3, 4, 5, 6, 7]));
    await turn();
    gates[2]!.resolve();
    await third;
    deepStrictEqual(spell(groups), ["a:0", "b:1,2", "c:3,4,5,6,7"]);
  }
});

Deno.test("requests gather beside a group, until time has passed or they are enough", async () => {
  const { store, groups, gates } = gatedStore();
  const queue = queueOver(store, { groupsAtOnce: 3, gatherMs: 30, groupChunksMax: 3 });
  const all = [queue.putChunks(requestOf("a", [0]))];
  await turn();
  const startedMs = performance.now();
  all.push(queue.putChunks(requestOf("b", [1])), queue.putChunks(requestOf("c", [2])));
  await turn();
  deepStrictEqual(spell(groups), ["a:0"]);
  while (groups.length === 1) await new Promise((resolve) => setTimeout(resolve, 2));
  ok(performance.now() - startedMs >= 20, "they gathered");
  deepStrictEqual(spell(groups), ["a:0", "b:1 c:2"]);
  // Enough for a group: no need to wait.
  all.push(queue.putChunks(requestOf("d", [3, 4])), queue.putChunks(requestOf("e", [5])));
  await turn();
  deepStrictEqual(spell(groups), ["a:0", "b:1 c:2", "d:3,4 e:5"]);
  for (const gate of gates) gate.resolve();
  await Promise.all(all);
  await queue.settled();
});

Deno.test("a group that ends lets those who gather go at once", async () => {
  const { store, groups, gates } = gatedStore();
  const queue = queueOver(store, { groupsAtOnce: 2, gatherMs: 60_000 });
  const first = queue.putChunks(requestOf("a", [0]));
  await turn();
  const second = queue.putChunks(requestOf("b", [1]));
  await turn();
  deepStrictEqual(spell(groups), ["a:0"]);
  gates[0]!.resolve();
  await first;
  await turn();
  gates[1]!.resolve();
  await second;
  deepStrictEqual(spell(groups), ["a:0", "b:1"]);
});

Deno.test("settled() waits for what is under way and for what waits", async () => {
  const { store, gates } = gatedStore();
  const queue = queueOver(store);
  await queue.settled();
  const all = [queue.putChunks(requestOf("a", [0]))];
  await turn();
  all.push(queue.putChunks(requestOf("a", [1])));
  let isSettled = false;
  const settling = queue.settled().then(() => isSettled = true);
  gates[0]!.resolve();
  await turn();
  strictEqual(isSettled, false);
  gates[1]!.resolve();
  await Promise.all([...all, settling]);
});

for (
  const error of [new StoreUnavailableError("away"), new CommitOutcomeUnknownError("unknown")]
) {
  Deno.test(`a group that ends with ${error.name} ends so for each of its requests`, async () => {
    const { store, groups, gates } = gatedStore();
    const queue = queueOver(store);
    const all = [0, 1, 2].map((sequence) =>
      queue.putChunks(requestOf("a".repeat(sequence + 1), [sequence]))
    );
    await turn();
    gates[0]!.reject(error);
    const outcomes = await Promise.allSettled(all);
    deepStrictEqual(
      outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason),
      [error, error, error],
    );
    strictEqual(groups.length, 1);
  });
}

Deno.test("a group that aborts is tried request by request, and only the bad one fails", async () => {
  const { store, groups, gates } = gatedStore();
  const queue = queueOver(store);
  const settling = Promise.allSettled(
    ["a", "bad", "c"].map((actor, i) => queue.putChunks(requestOf(actor, [i]))),
  );
  await turn();
  gates[0]!.reject(new Error("check constraint"));
  await turn();
  gates[1]!.resolve();
  await turn();
  gates[2]!.reject(new Error("check constraint"));
  await turn();
  gates[3]!.resolve();
  const outcomes = await settling;
  deepStrictEqual(outcomes.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  deepStrictEqual(spell(groups), ["a:0 bad:1 c:2", "a:0", "bad:1", "c:2"]);
  ok(lines.some((line) => line.includes("group aborted")));
});

Deno.test("putChunks() is refused when it waits and no transaction ends, and only then", async () => {
  const { store, groups, gates } = gatedStore();
  const queue = queueOver(store, { stalledMsMax: 40 });
  const first = queue.putChunks(requestOf("a", [0]));
  await turn();
  await rejects(queue.putChunks(requestOf("b", [0])), StoreUnavailableError);
  // What is under way has its own end, and those who come later find a queue that moves.
  gates[0]!.resolve();
  strictEqual((await first).length, 1);
  const second = queue.putChunks(requestOf("c", [0]));
  await turn();
  gates[1]!.resolve();
  await second;
  await queue.settled();
  deepStrictEqual(spell(groups), ["a:0", "c:0"]);
});
