import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CoverageEvent } from "@wavekeep/core/wire";
import { memoryQuery } from "../testing/memory_query.ts";

const PATH = "/patients/p1/recordings/r1/live";
const recording = { segments: [{ start: "10", streams: [{ sequences: [0, 1] }] }] };

/** Reads events one by one. */
function eventsOf(response: Response) {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    next: async (): Promise<CoverageEvent> => {
      while (!text.includes("\n\n")) {
        const { done, value } = await reader.read();
        if (done) throw new Error("no more events");
        text += value;
      }
      const [event = ""] = text.split("\n\n");
      text = text.slice(event.length + 2);
      ok(event.includes("event: coverage"));
      return CoverageEvent.parse(JSON.parse(/^data: (.*)$/m.exec(event)![1]!));
    },
    cancel: () => reader.cancel(),
  };
}

Deno.test("GET live tells where each stream ends, and again after a commit", async () => {
  const query = await memoryQuery(recording);
  const response = await query.get(PATH);
  strictEqual(response.headers.get("content-type"), "text/event-stream");
  const events = eventsOf(response);
  const first = await events.next();
  strictEqual(first.end_seconds, "12");
  deepStrictEqual(first.streams.map((s) => [s.stream, s.end_sequence, s.end_sample]), [[0, 2, 8]]);
  const rows = query.store.recordings[0]!;
  rows.chunks.push({ ...rows.chunks[1]!, sequence: 2, firstSample: 8 });
  const next = events.next();
  query.commits.commit(rows.recording.notifyNumber);
  strictEqual((await next).end_seconds, "13");
  await events.cancel();
});

Deno.test("GET live makes one event of many commits", async () => {
  const query = await memoryQuery(recording);
  const events = eventsOf(await query.get(PATH));
  await events.next();
  const { notifyNumber } = query.store.recordings[0]!.recording;
  const before = performance.now();
  for (let i = 0; i < 100; i++) query.commits.commit(notifyNumber);
  await events.next();
  for (let i = 0; i < 100; i++) query.commits.commit(notifyNumber);
  await events.next();
  ok(performance.now() - before >= 190, "a pause lies between two events");
  await events.cancel();
});

Deno.test("GET live ends at once when the client leaves, and stops listening", async () => {
  const query = await memoryQuery(recording);
  const before = performance.now();
  const events = eventsOf(await query.get(PATH));
  await events.next();
  const waiting = events.next().catch(() => {});
  await events.cancel();
  await waiting;
  ok(performance.now() - before < 2_000);
});

Deno.test("GET live gives 406 to who accepts no events", async () => {
  const query = await memoryQuery(recording);
  strictEqual((await query.get(PATH, { headers: { accept: "application/json" } })).status, 406);
});

Deno.test("GET live ends in order when the service shuts down", async () => {
  const query = await memoryQuery(recording);
  const response = await query.get(PATH);
  const before = performance.now();
  const reading = response.text();
  setTimeout(() => void query.commits.close(), 20);
  ok((await reading).includes("event: coverage"));
  ok(performance.now() - before < 2_000);
});
