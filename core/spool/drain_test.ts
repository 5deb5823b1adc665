import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Problem, toProblem } from "../problem/mod.ts";
import type { ChunkOutcome } from "../wire/mod.ts";
import {
  type Drain,
  type DrainOptions,
  type Spool,
  type SpoolBatch,
  startDrain,
  type Upstream,
  type UpstreamAnswer,
} from "./mod.ts";
import { chunkOf, receiptOf, RECORDING, SENDER, withSpool } from "./testing/held.ts";

const QUICK = { batchChunksMax: 1, backoff: { baseMs: 1, capMs: 4 }, askStateMs: 60_000 };

const OPENING = {
  method: "POST",
  path: "/recordings",
  mediaType: "application/json",
  body: new Uint8Array(2),
};

/** Waits for a state of the drain, which nobody here can be told of. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((done) => setTimeout(done, 1));
}

function upstreamOf(
  send: (batch: SpoolBatch) => Promise<UpstreamAnswer>,
  isReady: () => Promise<boolean> = () => Promise.resolve(true),
): Upstream {
  return { send, isReady, state: () => Promise.resolve(undefined) };
}

const answered = (...outcomes: ChunkOutcome[]): UpstreamAnswer => ({
  kind: "answered",
  outcomes,
  text: "{}",
});

/** What ingest says of a chunk that it stores. */
function stored({ entries: [entry] }: SpoolBatch): UpstreamAnswer {
  const { recordingNo, chunk } = entry!;
  return answered({ status: 201, receipt: receiptOf(chunkOf(recordingNo, chunk!.sequence)) });
}

/** Runs `work` with a spool of chunks 0 to `held` − 1, all backlog, that is being emptied into `upstream`. */
async function draining(
  held: number,
  { upstream, ...options }: DrainOptions & { readonly upstream: Upstream },
  work: (of: { spool: Spool; drain: Drain; no: number }) => Promise<void>,
): Promise<void> {
  await withSpool(async ({ open }) => {
    const spool = await open();
    const no = await spool.recording(RECORDING);
    const chunks = Array.from({ length: held }, (_, sequence) => chunkOf(no, sequence));
    await spool.holdChunks(SENDER, chunks, []);
    const drain = startDrain(spool, upstream, { limits: QUICK, ...options });
    try {
      await work({ spool, drain, no });
    } finally {
      await drain.stop();
      await spool.close();
    }
  });
}

Deno.test("startDrain() has four requests under way at most: what opens, two live, one of backlog", async () => {
  const under = new Map<string, number>();
  let isHeld = true;
  const waiting: (() => void)[] = [];
  let most = 0;
  let firstLive = 0;
  const upstream = upstreamOf(async (batch) => {
    const [{ request, entryNo }] = batch.entries as [SpoolBatch["entries"][0]];
    const lane = request !== undefined ? "opening" : entryNo >= firstLive ? "live" : "backlog";
    under.set(lane, (under.get(lane) ?? 0) + 1);
    most = Math.max(most, under.values().reduce((a, b) => a + b, 0));
    if (isHeld) await new Promise<void>((go) => waiting.push(go));
    under.set(lane, under.get(lane)! - 1);
    return request === undefined ? stored(batch) : answered();
  });
  await draining(20, { upstream }, async ({ spool, drain, no }) => {
    firstLive = spool.lastEntryNo + 1;
    await spool.holdChunks(SENDER, Array.from({ length: 20 }, (_, n) => chunkOf(no, 20 + n)), []);
    const other = await spool.recording({ ...RECORDING, recordingId: "night-2" });
    await spool.holdRequest(other, SENDER, OPENING, { opens: "recording" });
    drain.wake();
    await until(() => under.values().reduce((a, b) => a + b, 0) === 4);
    deepStrictEqual(Object.fromEntries(under), { backlog: 1, live: 2, opening: 1 });
    isHeld = false;
    for (const go of waiting) go();
    await until(() => spool.status().waitingChunks === 0);
    strictEqual(most, 4);
    strictEqual(drain.status().storedChunks, 40);
  });
});

Deno.test("startDrain() asks one question at a time while nobody answers, after waits with full jitter", async () => {
  const drawn: number[] = [];
  let sent = 0;
  let asked = 0;
  let asking = 0;
  let isThere = false;
  const upstream = upstreamOf(
    (batch) => {
      sent++;
      return Promise.resolve(
        isThere ? stored(batch) : { kind: "away", reason: "no route", retryAfterMs: 0 },
      );
    },
    async () => {
      strictEqual(++asking, 1, "one question at a time");
      await new Promise((done) => setTimeout(done, 1));
      asking--;
      return ++asked >= 6 && (isThere = true);
    },
  );
  const random = () => {
    drawn.push(asked);
    return 0.5;
  };
  await draining(8, { upstream, random }, async ({ spool, drain }) => {
    await until(() => drain.status().awayReason === "no route");
    await until(() => asked > 0);
    const before = sent;
    await until(() => asked === 5);
    strictEqual(sent, before, "nothing is sent while nobody answers");
    await until(() => spool.status().waitingChunks === 0);
    // A wait was drawn before every question, and for nothing else.
    deepStrictEqual(drawn, [0, 1, 2, 3, 4, 5]);
    strictEqual(drain.status().awayReason, null);
  });
});

const refused = (problem: unknown, status = 400): UpstreamAnswer =>
  answered({ status, problem } as ChunkOutcome);

/** What the way, or a server that is confused, may answer to a chunk once. */
const NO_REFUSALS: readonly [what: string, answer: (no: number) => UpstreamAnswer][] = [
  [
    "a receipt of another chunk",
    (no) => answered({ status: 201, receipt: receiptOf(chunkOf(no, 7)) }),
  ],
  [
    "a receipt with another digest",
    (no) => answered({ status: 200, receipt: receiptOf(chunkOf(no, 0, { value: 1 })) }),
  ],
  ["stored, without a receipt", () => answered({ status: 201 })],
  ["a refusal without a problem", () => refused(undefined)],
  ["a refusal that is no problem document", () => refused({ title: 7 })],
  [
    "a body that was damaged on the way",
    () => refused(toProblem("content-digest-mismatch", { detail: "not what was sent" })),
  ],
  [
    "the same of the whole request",
    () => {
      const problem: Problem = toProblem("content-digest-mismatch", {});
      return { kind: "refused", status: 400, slug: "content-digest-mismatch", problem };
    },
  ],
];

for (const [what, bad] of NO_REFUSALS) {
  Deno.test(`startDrain() sends again after ${what}: nothing is stored by it, nothing disputed`, async () => {
    let no = 0;
    let sent = 0;
    const upstream = upstreamOf((batch) => Promise.resolve(++sent <= 2 ? bad(no) : stored(batch)));
    await draining(1, { upstream }, async (of) => {
      no = of.no;
      await until(() => {
        of.drain.wake();
        return of.spool.status().waitingChunks === 0;
      });
      strictEqual(sent, 3);
      strictEqual(of.spool.status().disputedEntries, 0);
      deepStrictEqual([of.drain.status().storedChunks, of.drain.status().repeatedChunks], [1, 0]);
      ok(of.drain.status().retries >= 2);
    });
  });
}

Deno.test("startDrain() takes a relay's word for no receipt, and fetches each receipt once there may be one", async () => {
  let isStored = false;
  let sent = 0;
  const upstream: Upstream = {
    send: (batch) => {
      sent++;
      return Promise.resolve(
        isStored ? stored(batch) : answered({ status: 202, "held_by": "relay" }),
      );
    },
    isReady: () => Promise.resolve(true),
    state: (segmentId) =>
      Promise.resolve({
        askedAtMs: 0,
        answeredAtMs: 0,
        state: {
          "segment_id": segmentId.toHex(),
          "held_by": "relay",
          incarnation: 1,
          "as_of": "2026-11-22T00:00:00Z",
          streams: [{ stream: 0, "stored_high_water": isStored ? 3 : 0 }],
        },
      } as unknown as Awaited<ReturnType<Upstream["state"]>>),
  };
  const limits = { ...QUICK, askStateMs: 5 };
  await draining(3, { upstream, limits }, async ({ spool, drain }) => {
    await until(() => drain.status().handedChunks === 3);
    strictEqual(spool.status().waitingChunks, 3);
    isStored = true;
    await until(() => {
      drain.wake();
      return spool.status().waitingChunks === 0;
    });
    deepStrictEqual([sent, drain.status().handedChunks], [6, 0]);
  });
});
