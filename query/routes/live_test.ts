import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { CoverageEvent } from "@wavekeep/core/wire";
import type { Context } from "hono";
import { holdOpen, lastingBody } from "../lasting_answer.ts";
import { memoryQuery, ShutOut } from "../testing/memory_query.ts";

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
    /** Reads what was under way already, until nothing comes any more. */
    end: async () => {
      while (!(await reader.read()).done);
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

Deno.test("GET live makes few events of many commits", async () => {
  const query = await memoryQuery(recording);
  const events = eventsOf(await query.get(PATH));
  await events.next();
  const { notifyNumber } = query.store.recordings[0]!.recording;
  const commits = setInterval(() => query.commits.commit(notifyNumber), 1);
  const before = performance.now();
  for (let i = 0; i < 4; i++) await events.next();
  ok(performance.now() - before >= 25 + 50 + 100 - 10, "pauses grow between events");
  clearInterval(commits);
  await events.cancel();
});

Deno.test("GET live reads once for a commit, however many look", async () => {
  const query = await memoryQuery(recording);
  const viewers = await Promise.all(Array.from({ length: 20 }, () => query.get(PATH)));
  const streams = viewers.map(eventsOf);
  await Promise.all(streams.map((events) => events.next()));
  const { notifyNumber } = query.store.recordings[0]!.recording;
  const before = query.store.coveragesRead;
  for (let i = 0; i < 3; i++) {
    const next = Promise.all(streams.map((events) => events.next()));
    query.commits.commit(notifyNumber);
    await next;
  }
  strictEqual(query.store.coveragesRead - before, 3);
  strictEqual(query.audit.accesses.length, 1, "one grant covers who looks twenty times");
  await Promise.all(streams.map((events) => events.cancel()));
});

Deno.test("GET live ends when a read fails, and the log says so", async () => {
  const query = await memoryQuery(recording);
  const response = await query.get(PATH);
  const events = eventsOf(response);
  await events.next();
  query.store.fault = new Error("away");
  const next = events.next().catch((error: Error) => error.message);
  query.commits.commit(query.store.recordings[0]!.recording.notifyNumber);
  strictEqual(await next, "no more events");
  ok(query.log.some((line) => line.includes("live answer ended")));
});

Deno.test("GET live ends at once when the client leaves, and stops listening", async () => {
  const query = await memoryQuery(recording);
  const before = performance.now();
  const events = eventsOf(await query.get(PATH));
  await events.next();
  const waiting = events.next().catch(() => {});
  await events.cancel();
  await waiting;
  ok(performance.now() - before < 4_500, "before the heartbeat");
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
  ok(performance.now() - before < 4_500, "before the heartbeat");
});

Deno.test("GET live is cut at once when its reader is shut out, and holds on to nothing", async () => {
  const query = await memoryQuery(recording);
  const others = eventsOf(await query.get(PATH, { token: "clinician.1.session" }));
  const events = eventsOf(await query.get(PATH, { token: "clinician.1.session" }));
  await Promise.all([events.next(), others.next()]);
  strictEqual(query.shutOut.size, 2);
  await others.cancel();
  while (query.shutOut.size > 1) await new Promise((resolve) => setTimeout(resolve, 1));
  const end = events.end();
  query.shutOut.everybody();
  await end;
  strictEqual(query.shutOut.size, 0);
  ok(query.log.some((line) => line.includes("live answer cut: credential over")));
});

Deno.test("holdOpen() tells at the moment itself, and only of this credential", () => {
  const feed = new ShutOut();
  const principal = {
    ...{ subject: "dr-1", siteId: 1, role: "clinician", tokenId: "t-000000" } as const,
    expiresAt: 2 ** 31,
  };
  let ended = 0;
  const holding = holdOpen({ revocations: feed }, principal, { onEnd: () => ended++ });
  feed.somebodyElse();
  deepStrictEqual([ended, holding.isGood()], [0, true]);
  feed.everybody();
  deepStrictEqual([ended, holding.isGood()], [1, false]);
  holding.release();
  strictEqual(feed.size, 0);
});

Deno.test("lastingBody() breaks off at the next piece when who fetches is shut out", async () => {
  const feed = new ShutOut();
  const lines: string[] = [];
  const tell = (line: string) => void lines.push(line);
  const principal = { subject: "dr-1", siteId: 1, role: "clinician", expiresAt: 2 ** 31 };
  const c = { var: { principal, logger: { info: tell, error: tell } } } as unknown as Context;
  async function* pieces() {
    for (let i = 0; i < 3; i++) yield await Promise.resolve(new Uint8Array(64 * 1024));
  }
  const body = (revocations: ShutOut) =>
    lastingBody(c, { revocations }, pieces(), { what: "file" });
  strictEqual((await new Response(body(feed)).bytes()).length, 3 * 64 * 1024);
  const reader = body(feed).getReader();
  await reader.read();
  feed.everybody();
  // One piece may be ready already.
  await rejects(async () => {
    while (!(await reader.read()).done);
  }, /the credential was taken back/);
  deepStrictEqual(lines, ["file cut: credential taken back"]);
});

Deno.test("GET live shows nothing to a person while nobody knows who is shut out", async () => {
  const query = await memoryQuery(recording);
  const { notifyNumber } = query.store.recordings[0]!.recording;
  const person = eventsOf(await query.get(PATH, { token: "clinician.1.session" }));
  const machine = eventsOf(await query.get(PATH));
  await Promise.all([person.next(), machine.next()]);
  query.shutOut.ageMs = 5_001;
  const end = person.end();
  query.commits.commit(notifyNumber);
  await end;
  for (let i = 0; i < 3; i++) {
    const goesOn = machine.next();
    query.commits.commit(notifyNumber);
    await goesOn;
  }
  await machine.cancel();
});

Deno.test("GET live ends with its token", async () => {
  const query = await memoryQuery(recording);
  const response = await query.get(PATH, { token: "clinician.1.brief" });
  // Nothing happens meanwhile: its own clock ends it.
  ok((await response.text()).startsWith("retry: 2000\nevent: coverage"));
  strictEqual(query.shutOut.size, 0);
});
