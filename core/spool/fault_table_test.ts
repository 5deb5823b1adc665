/**
 * The fault table of a spool: every commit of its story, failed and failed but persisted. Whoever was refused does the
 * same again, and in the end everything must be as if nothing had happened: what it holds, what it says of itself.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { toProblem } from "../problem/mod.ts";
import { type Spool, type SpoolStatus, SpoolUnavailableError } from "./mod.ts";
import { chunkOf, receiptOf, RECORDING, SEGMENT, SENDER, wish, withSpool } from "./testing/held.ts";

const request = (path: string) => ({
  method: "POST",
  path,
  mediaType: "application/json",
  body: new TextEncoder().encode(path),
});

type Step = (spool: Spool, no: number) => Promise<unknown>;

/** Everything that a relay or a device asks of a spool to write; chunk n is entry 3 + n. */
const STORY: readonly [name: string, step: Step][] = [
  [
    "holdRequest() that opens",
    (spool, no) => spool.holdRequest(no, SENDER, request("/recordings"), { opens: "recording" }),
  ],
  [
    "holdSegment()",
    (spool, no) =>
      spool.holdSegment(no, SENDER, { segmentId: SEGMENT, facts: Uint8Array.of(7) }, request("/s")),
  ],
  ["holdChunks()", (spool, no) => {
    const setDigest = new Uint8Array(32).fill(9);
    const chunks = [0, 1, 2].map((n) => chunkOf(no, n, { setDigest }));
    const set = { recordingNo: no, digest: setDigest, record: Uint8Array.of(1, 2) };
    return spool.holdChunks(SENDER, chunks, [set]);
  }],
  ["holdRequest()", (spool, no) => spool.holdRequest(no, SENDER, request("/statements"))],
  ["noteIncarnation(), the first", (spool) => spool.noteIncarnation(1)],
  [
    "noteStored() of what opens",
    (spool) => spool.noteStored([1, 2].map((entryNo) => ({ entryNo, receipt: null })), 1),
  ],
  [
    "noteStored()",
    (spool, no) => spool.noteStored([{ entryNo: 3, receipt: receiptOf(chunkOf(no, 0)) }], 1),
  ],
  ["noteDisputed()", (spool) => spool.noteDisputed(4, toProblem("beyond-end", {}))],
  ["noteHanded()", (spool) => spool.noteHanded([5])],
  ["handBack()", (spool) => spool.handBack([5])],
  ["noteIncarnation(), raised", (spool) => spool.noteIncarnation(2)],
  ["noteStored() once more", (spool, no) =>
    spool.noteStored(
      [1, 2, 3].map((entryNo) => ({
        entryNo,
        receipt: entryNo === 3 ? receiptOf(chunkOf(no, 0), 2) : null,
      })),
      2,
    )],
  ["reopen()", (spool, no) => spool.reopen(no)],
  ["retryDisputed()", (spool) => spool.retryDisputed()],
  [
    "noteUpstream()",
    (spool) => spool.noteUpstream(SEGMENT, 1, { end: 5, endDigest: new Uint8Array(32) }),
  ],
  ["setFact()", (spool) => spool.setFact("probe", "1")],
  ["tidy()", (spool) => spool.tidy()],
];

/** What is left of a story, and what the spool says of it before and after it is opened again. */
interface Left {
  readonly status: Omit<SpoolStatus, "usedBytes" | "oldestWaitMs">;
  readonly again: Omit<SpoolStatus, "usedBytes" | "oldestWaitMs">;
  readonly progress: unknown;
  readonly waiting: readonly unknown[];
}

function saidBy(spool: Spool): Left["status"] {
  const { usedBytes: _, oldestWaitMs: __, ...status } = spool.status();
  return status;
}

/** Plays the story; commit number `nth` of it fails, before it is made or after. */
async function play(
  nth = Infinity,
  when: "beforeCommit" | "afterCommit" = "beforeCommit",
): Promise<{ left: Left; commits: number; refused: string[] }> {
  let commits = 0;
  const refused: string[] = [];
  let left: Left | undefined;
  await withSpool(async ({ open }) => {
    let isCounting = false;
    const fail = () => {
      if (!isCounting || ++commits !== nth) return;
      throw Object.assign(new Error("disk I/O error"), { errcode: 10 });
    };
    let spool = await open({ faults: { [when]: fail }, keepMs: -1 });
    isCounting = true;
    const insist = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        ok(error instanceof SpoolUnavailableError, `${name}: ${error}`);
        refused.push(name);
        return await work();
      }
    };
    const no = await insist("recording()", () => spool.recording(RECORDING));
    for (const [name, step] of STORY) await insist(name, () => step(spool, no));
    isCounting = false;
    const status = saidBy(spool);
    await spool.close();
    spool = await open({ keepMs: -1 });
    const waiting: unknown[] = [];
    for (const lane of ["request", "live", "backlog"] as const) {
      const batch = await spool.nextBatch({ ...wish, lane: lane as "live", liveAfter: 99 });
      for (const { chunk, request } of batch?.entries ?? []) {
        waiting.push(request?.path ?? `chunk ${chunk!.sequence}`);
      }
    }
    left = { status, again: saidBy(spool), progress: spool.progress(SEGMENT), waiting };
    await spool.close();
  });
  return { left: left!, commits, refused };
}

let played: ReturnType<typeof play> | undefined;
const healthy = () => played ??= play();

Deno.test("the story of a spool without faults leaves what it should, and nothing is refused", async () => {
  const { left, refused, commits } = await healthy();
  deepStrictEqual(refused, []);
  ok(commits > STORY.length);
  deepStrictEqual(left.status, left.again);
  // The recording's opening goes first, and everything else behind it.
  deepStrictEqual(left.waiting, ["/recordings"]);
  const { waitingChunks, waitingRequests, storedEntries, disputedEntries } = left.status;
  deepStrictEqual([waitingChunks, waitingRequests, storedEntries, disputedEntries], [2, 3, 0, 0]);
});

for (const when of ["beforeCommit", "afterCommit"] as const) {
  const mode = when === "beforeCommit" ? "failed" : "failed but persisted";
  Deno.test(`every commit of a spool ${mode}: nothing is lost, nothing doubled, nothing miscounted`, async () => {
    const { left: expected, commits } = await healthy();
    for (let nth = 1; nth <= commits; nth++) {
      const { left, refused } = await play(nth, when);
      deepStrictEqual(left, expected, `commit ${nth}, ${refused}`);
    }
  });
}
