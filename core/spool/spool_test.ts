import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { toProblem } from "../problem/mod.ts";
import type { Spool } from "./mod.ts";
import { SpoolFullError } from "./mod.ts";
import { chunkOf, receiptOf, RECORDING, SEGMENT, SENDER, wish, withSpool } from "./testing/held.ts";

const OPENING = {
  method: "POST",
  path: "/recordings",
  mediaType: "application/json",
  body: new TextEncoder().encode(`{"patient_id":"patient-7"}`),
};

async function sequences(spool: Spool, changes: Partial<typeof wish> = {}): Promise<number[]> {
  const batch = await spool.nextBatch({ ...wish, ...changes });
  return batch?.entries.map(({ chunk }) => chunk!.sequence) ?? [];
}

const everything = async (spool: Spool) => [
  ...await sequences(spool),
  ...await sequences(spool, { lane: "backlog" as "live" }),
];

const runsOf = (spool: Spool, level: "held" | "stored") =>
  spool.progress(SEGMENT)[0]?.[level].map(({ start, end }) => [start, end]) ?? [];

Deno.test("a spool gives back what it held, after a close and in order", async () => {
  await withSpool(async ({ open }) => {
    let spool = await open();
    const no = await spool.recording(RECORDING);
    const chunks = [0, 1, 2].map((sequence) => chunkOf(no, sequence));
    deepStrictEqual(await spool.holdChunks(SENDER, chunks, []), [
      { outcome: "held" },
      { outcome: "held" },
      { outcome: "held" },
    ]);
    await spool.close();
    spool = await open();
    strictEqual(await spool.recording(RECORDING), no);
    const batch = await spool.nextBatch(wish);
    deepStrictEqual(batch?.sender, SENDER);
    deepStrictEqual(batch?.entries.map(({ chunk }) => chunk!.bytes), chunks.map((c) => c.bytes));
    strictEqual(spool.status().waitingChunks, 3);
    await spool.close();
  });
});

Deno.test("the same chunk is held once; another one in its place is kept aside, three times at most", async () => {
  await withSpool(async ({ open }) => {
    const spool = await open();
    const no = await spool.recording(RECORDING);
    await spool.holdChunks(SENDER, [chunkOf(no, 0)], []);
    const again = [0, 1, 2, 3, 4, 0].map((value) => chunkOf(no, 0, { value }));
    const outcomes = await spool.holdChunks(SENDER, again, []);
    deepStrictEqual(outcomes.map(({ outcome }) => outcome), [
      "repeated",
      "conflict",
      "conflict",
      "conflict",
      "conflict",
      "repeated",
    ]);
    strictEqual(spool.status().waitingChunks, 1);
    deepStrictEqual(spool.disputed(9).map(({ problem }) => problem.title), [
      "A different chunk is stored at this position",
      "A different chunk is stored at this position",
      "A different chunk is stored at this position",
    ]);
    deepStrictEqual(await sequences(spool), [0]);
    await spool.close();
  });
});

Deno.test("nothing of a chunk stands in the file in the clear", async () => {
  await withSpool(async ({ open, folder }) => {
    const spool = await open();
    const no = await spool.recording(RECORDING);
    await spool.holdRequest(no, SENDER, OPENING, { opens: "recording" });
    await spool.holdChunks(SENDER, [chunkOf(no, 0)], []);
    await spool.close();
    for await (const { name } of Deno.readDir(folder)) {
      const text = new TextDecoder("latin1").decode(await Deno.readFile(`${folder}/${name}`));
      for (const word of ["chunk 0", "patient-7", "night-1", "/recordings"]) {
        strictEqual(text.includes(word), false, `${name} holds ${word}`);
      }
    }
  });
});

Deno.test("a full spool refuses, keeps everything, and takes again when there is room", async () => {
  await withSpool(async ({ open }) => {
    const options = { quotaBytes: 300_000, keepMs: 0 };
    const spool = await open(options);
    const no = await spool.recording(RECORDING);
    const large = (sequence: number) => chunkOf(no, sequence, { bytes: new Uint8Array(20_000) });
    let held = 0;
    await rejects(async () => {
      for (;; held++) await spool.holdChunks(SENDER, [large(held)], []);
    }, SpoolFullError);
    ok(held > 5 && held < 16, `${held} chunks fit`);
    deepStrictEqual((await sequences(spool)).length, held);
    // Of what is here already, a repeat says so; and requests that are small still find room.
    const batch = await spool.nextBatch(wish);
    await spool.noteStored(
      batch!.entries.map(({ entryNo, chunk }) => ({
        entryNo,
        receipt: receiptOf(large(chunk!.sequence)),
      })),
      1,
    );
    strictEqual(await spool.tidy(), held);
    deepStrictEqual(await spool.holdChunks(SENDER, [large(held)], []), [{ outcome: "held" }]);
    deepStrictEqual(runsOf(spool, "held"), [[0, held + 1]]);
    await spool.close();
  });
});

Deno.test("what has a receipt is kept for a day of running time, and not by anybody's clock", async () => {
  await withSpool(async ({ open }) => {
    let clock = 0;
    const monotonicMs = () => clock;
    let now = 0;
    let spool = await open({ monotonicMs, now: () => now });
    const no = await spool.recording(RECORDING);
    const chunk = chunkOf(no, 0);
    await spool.holdChunks(SENDER, [chunk], []);
    await spool.noteStored([{ entryNo: 1, receipt: receiptOf(chunk) }], null);
    now = Date.UTC(2038, 1);
    clock += 86_000_000;
    strictEqual(await spool.tidy(), 0);
    await spool.close();
    // A restart adds nothing to the time it was kept.
    clock = 1e12;
    spool = await open({ monotonicMs, now: () => now });
    strictEqual(await spool.tidy(), 0);
    const [outcome] = await spool.holdChunks(SENDER, [chunk], []);
    deepStrictEqual(outcome, { outcome: "repeated", receipt: receiptOf(chunk) });
    clock += 500_000;
    strictEqual(await spool.tidy(), 1);
    deepStrictEqual(runsOf(spool, "stored"), [[0, 1]]);
    await spool.close();
  });
});

Deno.test("live chunks go before backlog, and chunks after what opens their segment", async () => {
  await withSpool(async ({ open }) => {
    const spool = await open();
    const no = await spool.recording(RECORDING);
    await spool.holdRequest(no, SENDER, OPENING, { opens: "recording" });
    const hold = (...numbers: number[]) =>
      spool.holdChunks(SENDER, numbers.map((sequence) => chunkOf(no, sequence)), []);
    await hold(0, 1, 2, 9);
    await hold(4);
    deepStrictEqual(await sequences(spool), []);
    const opening = await spool.nextBatch({ ...wish, lane: "request" });
    deepStrictEqual(opening?.entries[0]?.request, OPENING);
    await spool.noteStored([{ entryNo: opening!.entries[0]!.entryNo, receipt: null }], null);
    deepStrictEqual(await sequences(spool), [0, 1, 2, 9]);
    deepStrictEqual(await sequences(spool, { lane: "backlog" as "live" }), [4]);
    // Later the first three are backlog: older than what came out of order.
    deepStrictEqual(await sequences(spool, { liveAfter: 4 }), [9]);
    deepStrictEqual(
      await sequences(spool, { lane: "backlog" as "live", liveAfter: 4 }),
      [0, 1, 2, 4],
    );
    await spool.close();
  });
});

Deno.test("an unsigned chunk of a run goes with its signed end, stored or not, or not at all", async () => {
  await withSpool(async ({ open }) => {
    const spool = await open();
    const no = await spool.recording(RECORDING);
    const chunks = [0, 1, 2, 3].map((sequence) =>
      chunkOf(no, sequence, { needsNext: sequence !== 2 && sequence !== 3 })
    );
    await spool.holdChunks(SENDER, chunks, []);
    deepStrictEqual(await sequences(spool, { chunksMax: 1 }), [0, 1, 2]);
    deepStrictEqual(await sequences(spool, { isExcluded: ((no: number) => no === 3) as never }), [
      3,
    ]);
    await spool.noteStored([{ entryNo: 3, receipt: receiptOf(chunks[2]!) }], null);
    const batch = await spool.nextBatch({ ...wish, chunksMax: 1 });
    deepStrictEqual(batch?.entries.map(({ chunk }) => chunk!.isRepeat), [false, false, true]);
    await spool.close();
  });
});

Deno.test("a raised incarnation makes everything wait again that older receipts cover", async () => {
  await withSpool(async ({ open }) => {
    const spool = await open();
    const no = await spool.recording(RECORDING);
    const chunks = [0, 1, 2].map((sequence) => chunkOf(no, sequence));
    await spool.holdChunks(SENDER, chunks, []);
    strictEqual(await spool.noteIncarnation(1), 0);
    const stored = chunks.map((chunk, index) => ({
      entryNo: index + 1,
      receipt: receiptOf(chunk),
    }));
    await spool.noteStored(stored.slice(0, 2), 1);
    deepStrictEqual(runsOf(spool, "stored"), [[0, 2]]);
    strictEqual(await spool.noteIncarnation(2), 2);
    deepStrictEqual(runsOf(spool, "stored"), []);
    deepStrictEqual(runsOf(spool, "held"), [[0, 3]]);
    // An answer from before the restore proves nothing any more.
    await spool.noteStored([stored[2]!], 1);
    strictEqual(spool.status().waitingChunks, 3);
    // The stored row of one that survived keeps its old incarnation; it was confirmed in the new one.
    await spool.noteStored([stored[0]!], 2);
    strictEqual(spool.status().waitingChunks, 2);
    await spool.close();
  });
});

Deno.test("what a relay holds is passed over, however much it is, and waits again when it may have a receipt", async () => {
  await withSpool(async ({ open }) => {
    let spool = await open();
    const no = await spool.recording(RECORDING);
    const chunks = [0, 1, 2, 3].map((sequence) => chunkOf(no, sequence));
    await spool.holdChunks(SENDER, chunks, []);
    await spool.noteHanded([1, 2, 3]);
    const looked: number[] = [];
    const isExcluded = ((entryNo: number) => looked.push(entryNo) < 0) as never;
    deepStrictEqual(await sequences(spool, { isExcluded }), [3]);
    // Three days of them were looked at for every chunk that came: 0.3 s for 60,000.
    deepStrictEqual(looked, [4]);
    strictEqual(spool.status().waitingChunks, 4);
    deepStrictEqual(await spool.holdChunks(SENDER, [chunks[0]!], []), [
      { outcome: "repeated", receipt: null },
    ]);
    await spool.handBack([2]);
    deepStrictEqual(await sequences(spool), [1, 3]);
    // Whoever begins again knows of no relay; and what ingest has is not handed to anybody.
    await spool.noteStored([{ entryNo: 4, receipt: receiptOf(chunks[3]!) }], null);
    await spool.noteHanded([4]);
    await spool.close();
    spool = await open();
    deepStrictEqual(await sequences(spool), [0, 1, 2]);
    strictEqual(spool.status().waitingChunks, 3);
    await spool.noteHanded([1, 2, 3]);
    await spool.noteIncarnation(1);
    await spool.noteIncarnation(2);
    // Number 4 as well: its receipt is of an older life of ingest.
    deepStrictEqual(await everything(spool), [0, 1, 2, 3]);
    await spool.close();
  });
});

Deno.test("a body that does not verify is kept aside, and its sequence is missing", async () => {
  await withSpool(async ({ open, folder, alarms }) => {
    let spool = await open();
    const no = await spool.recording(RECORDING);
    await spool.holdChunks(SENDER, [0, 1, 2].map((sequence) => chunkOf(no, sequence)), []);
    await spool.close();
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(`${folder}/spool.db`);
    database.exec("UPDATE body SET body = zeroblob(60) WHERE entry_no = 2");
    database.close();
    spool = await open();
    deepStrictEqual(await sequences(spool), [0, 2]);
    deepStrictEqual(runsOf(spool, "held"), [[0, 1], [2, 3]]);
    ok(alarms.includes("entry does not verify"));
    strictEqual(spool.status().disputedEntries, 1);
    // The device still has it.
    deepStrictEqual(await spool.holdChunks(SENDER, [chunkOf(no, 1)], []), [{ outcome: "held" }]);
    deepStrictEqual(runsOf(spool, "held"), [[0, 3]]);
    await spool.close();
  });
});

Deno.test("a damaged database is set aside, and what can be read of it goes on", async () => {
  await withSpool(async ({ open, folder, alarms }) => {
    let spool = await open();
    const no = await spool.recording(RECORDING);
    for (let sequence = 0; sequence < 40; sequence++) {
      await spool.holdChunks(SENDER, [chunkOf(no, sequence, { bytes: new Uint8Array(9_000) })], []);
    }
    await spool.setFact("open", "0");
    await spool.close();
    const path = `${folder}/spool.db`;
    const bytes = await Deno.readFile(path);
    bytes.fill(0xa5, bytes.byteLength - 60_000, bytes.byteLength - 40_000);
    await Deno.writeFile(path, bytes);
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(path);
    database.exec("UPDATE fact SET value = '1' WHERE name = 'open'");
    database.close();
    spool = await open();
    ok(alarms.includes("spool was damaged"));
    strictEqual(spool.status().setAside.length, 1);
    const kept = (await sequences(spool)).length;
    ok(kept >= 25, `${kept} of 40 chunks were kept`);
    await spool.close();
  });
});

Deno.test("an erased patient is erased here as well", async () => {
  await withSpool(async ({ open }) => {
    const spool = await open();
    const no = await spool.recording(RECORDING);
    await spool.holdChunks(SENDER, [chunkOf(no, 0)], []);
    await spool.eraseRecording(no);
    strictEqual(spool.status().waitingChunks, 0);
    await rejects(spool.holdChunks(SENDER, [chunkOf(no, 1)], []), /destroyed/);
    await rejects(spool.recording(RECORDING), /erased/);
    await spool.close();
  });
});

Deno.test("refused for good: kept, told again, and tried again when somebody says so", async () => {
  await withSpool(async ({ open }) => {
    const spool = await open();
    const no = await spool.recording(RECORDING);
    await spool.holdChunks(SENDER, [0, 1].map((sequence) => chunkOf(no, sequence)), []);
    const problem = toProblem("not-owner", { detail: "The segment was opened by another sender" });
    await spool.noteDisputed(1, problem);
    deepStrictEqual(await sequences(spool), [1]);
    const [told] = await spool.holdChunks(SENDER, [chunkOf(no, 0)], []);
    deepStrictEqual(told, { outcome: "disputed", problem });
    strictEqual(await spool.retryDisputed(), 1);
    deepStrictEqual(await sequences(spool), [0, 1]);
    await spool.close();
  });
});

Deno.test("a disk that is full when a commit is written refuses, too, and nothing else is told apart", async () => {
  await withSpool(async ({ open }) => {
    let isFull = false;
    const beforeCommit = () => {
      // As node:sqlite says it of a statement without parameters: no number.
      const error = Object.assign(new Error("database or disk is full"), {
        code: "ERR_SQLITE_ERROR",
      });
      if (isFull) throw error;
    };
    const spool = await open({ faults: { beforeCommit } });
    const no = await spool.recording(RECORDING);
    await spool.holdChunks(SENDER, [chunkOf(no, 0)], []);
    isFull = true;
    await rejects(spool.holdChunks(SENDER, [chunkOf(no, 1)], []), SpoolFullError);
    isFull = false;
    deepStrictEqual(await spool.holdChunks(SENDER, [chunkOf(no, 1)], []), [{ outcome: "held" }]);
    await spool.close();
  });
});

Deno.test("a file that is no database is set aside, and a second process is refused", async () => {
  await withSpool(async ({ open, folder, alarms }) => {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/spool.db`, "no database at all ".repeat(600));
    const spool = await open();
    ok(alarms.includes("spool was damaged"));
    await rejects(open(), /another process holds it/);
    await spool.close();
  });
});

Deno.test("every durable write, failed and failed but persisted: nothing promised is lost or doubled", async () => {
  for (const when of ["beforeCommit", "afterCommit"] as const) {
    await withSpool(async ({ open }) => {
      let failIn = Infinity;
      const fail = () => {
        if (--failIn === 0) throw Object.assign(new Error("disk I/O error"), { errcode: 10 });
      };
      for (let at = 1; at <= 4; at++) {
        let spool = await open({ faults: { [when]: fail } });
        const no = await spool.recording(RECORDING);
        failIn = at % 2 + 1;
        const promised: number[] = [];
        for (const sequence of [at * 10, at * 10 + 1]) {
          const held = await spool.holdChunks(SENDER, [chunkOf(no, sequence)], []).catch(() =>
            null
          );
          if (held !== null) promised.push(sequence);
        }
        failIn = Infinity;
        await spool.close();
        spool = await open();
        const there = await everything(spool);
        deepStrictEqual(promised.filter((sequence) => !there.includes(sequence)), []);
        // Whoever was refused sends the same again.
        await spool.holdChunks(SENDER, [at * 10, at * 10 + 1].map((n) => chunkOf(no, n)), []);
        const all = await everything(spool);
        deepStrictEqual(new Set(all).size, all.length);
        strictEqual(all.length, at * 2);
        await spool.close();
      }
    });
  }
});
