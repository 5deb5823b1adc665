import { deepStrictEqual, notStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { sleep } from "@wavekeep/core/service/sleep";
import { openUploadMemory } from "./upload_memory.ts";

const OF = { siteId: 1, patientId: "P", recordingId: "R" };

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openUploadMemory() gives the same segment after a restart, another for another recording", () =>
  inFolder(async (folder) => {
    const first = await openUploadMemory(folder, OF);
    const made = await first.segment("a", { previousDigest: null });
    strictEqual(made, await first.segment("a", { previousDigest: "11".repeat(32) }));
    first.close();
    const again = await openUploadMemory(folder, OF);
    deepStrictEqual(await again.segment("a", { previousDigest: null }), made);
    again.close();
    const other = await openUploadMemory(folder, { ...OF, recordingId: "S" });
    notStrictEqual((await other.segment("a", { previousDigest: null })).id, made.id);
    other.close();
  }));

Deno.test("openUploadMemory() keeps the first start, facts, and what was ended", () =>
  inFolder(async (folder) => {
    const memory = await openUploadMemory(folder, OF);
    const start = { civil: "2076-11-06T13:43:04", zone: null };
    deepStrictEqual(await memory.startedAt(start), start);
    deepStrictEqual(await memory.startedAt(null), start);
    strictEqual(await memory.fact("hours", "24"), "24");
    strictEqual(await memory.fact("hours", "48"), "24");
    await memory.segment("a", { previousDigest: null });
    await memory.markEnded("a");
    memory.close();
    const again = await openUploadMemory(folder, OF);
    strictEqual(again.segments().get("a")?.ended, true);
    again.close();
  }));

Deno.test("openUploadMemory() lets one simulator at a time stream a recording", () =>
  inFolder(async (folder) => {
    const memory = await openUploadMemory(folder, OF);
    await rejects(openUploadMemory(folder, OF), /another simulator is streaming it/);
    memory.close();
    (await openUploadMemory(folder, OF)).close();
  }));

Deno.test("openUploadMemory() waits a moment for somebody who is about to end", () =>
  inFolder(async (folder) => {
    const memory = await openUploadMemory(folder, OF);
    const next = openUploadMemory(folder, OF);
    await sleep(120);
    memory.close();
    (await next).close();
  }));

Deno.test("openUploadMemory() says so when its file is damaged, and keeps it 0600", () =>
  inFolder(async (folder) => {
    const memory = await openUploadMemory(folder, OF);
    await memory.fact("x", "y");
    memory.close();
    for await (const { name } of Deno.readDir(folder)) {
      strictEqual((await Deno.stat(`${folder}/${name}`)).mode! & 0o777, 0o600, name);
      if (name.endsWith(".json")) await Deno.writeTextFile(`${folder}/${name}`, '{"version":1');
    }
    await rejects(openUploadMemory(folder, OF), /it is damaged/);
  }));
