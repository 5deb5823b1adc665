// A dataset that leaves the house: no byte of it says whose it is, and every sample is what was stored.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openEdf } from "@wavekeep/core/edf";
import { ExportJobs } from "../bundle/export_jobs.ts";
import { memoryQuery } from "../testing/memory_query.ts";
import { sampleValue } from "../testing/sealed_recording.ts";

const CANARY = "Canaria";

/** Spellings of something secret: as text, and as bytes of it. */
function spellings(text: string): Uint8Array[] {
  const encoder = new TextEncoder();
  return [text, text.toUpperCase(), text.toLowerCase(), encoder.encode(text).toHex(), btoa(text)]
    .map((spelling) => encoder.encode(spelling));
}

function holds(bytes: Uint8Array, wanted: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(bytes);
  return text.includes(new TextDecoder("latin1").decode(wanted));
}

Deno.test("a de-identified dataset holds no code, id, date or word of the original, and every sample", async () => {
  const folder = await Deno.makeTempDir();
  const channels = [
    { label: "EEG Fp1-F7", reference: CANARY, prefilter: CANARY },
    { label: `${CANARY} 2`, unit: CANARY, type: "other" as const },
  ];
  const query = await memoryQuery({
    patientCode: `${CANARY}-p`,
    recordingCode: `${CANARY}-r`,
    startedAt: { civil: "2031-11-06T13:43:04.25", zone: "Europe/Zurich" },
    segments: [
      { streams: [{ sequences: [0, 1, 2], channels }] },
      { start: "10", streams: [{ sequences: [0, 1], channels }] },
    ],
    annotations: [
      { onset: "1", duration: "0.5", kind: "seizure", text: CANARY, author: CANARY, channels: [1] },
      { onset: "11", kind: "note", text: `${CANARY}@@EEG Fp1-F7`, source: "file" },
    ],
  });
  const exports = await ExportJobs.open(query.deps, folder);
  try {
    const [{ recording, segments }] = query.store.recordings as [typeof query.store.recordings[0]];
    query.store.consents.set(`1/${CANARY}-p`, { care: "allowed", research: "allowed" });
    const names = query.deps.research.namesOf(1);
    const job = await exports.start({
      ...{ siteId: 1, actor: "r", requestId: "r", earlierSizes: [], original: false },
      ...{ recording, names, bids: { task: "rest" } },
    });
    await exports.settled();
    strictEqual(job.state, "ready", job.reason ?? "");
    const tar = new Uint8Array(await new Response(stream(await exports.tar(job))).arrayBuffer());

    const secrets = [CANARY, "2031", "06-NOV", "06.11", "Zurich", recording.recordingId];
    for (const { segmentId } of segments) secrets.push(segmentId);
    for (const secret of secrets) {
      for (const bytes of spellings(secret)) {
        ok(!holds(tar, bytes), `${secret} as ${new TextDecoder().decode(bytes)}`);
      }
    }
    ok(holds(tar, new TextEncoder().encode(names.patient(`${CANARY}-p`))), "the search finds");

    const files = filesOf(tar);
    const edfs = [...files].filter(([path]) => path.endsWith(".edf"));
    strictEqual(edfs.length, 2);
    for (const [index, [, bytes]] of edfs.entries()) {
      const file = await openEdf({
        byteLength: bytes.byteLength,
        read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
      });
      deepStrictEqual(file.signals.slice(0, 2).map(({ label }) => label), ["Fp1-F7", "ch 2"]);
      const read: number[][] = [[], []];
      for await (const { samples } of file.records()) {
        for (const row of [0, 1]) read[row]!.push(...samples[row] as Int32Array);
      }
      const count = 4 * (index === 0 ? 3 : 2);
      for (const row of [0, 1]) {
        deepStrictEqual(read[row], Array.from({ length: count }, (_, at) => sampleValue(row, at)));
      }
    }
    const [, events] = [...files].find(([path]) => path.endsWith("run-01_events.tsv"))!;
    strictEqual(
      new TextDecoder().decode(events),
      "onset\tduration\ttrial_type\n1\t0.5\tseizure\n",
    );
    const manifest = JSON.parse(new TextDecoder().decode(files.get("deidentification.json")!));
    deepStrictEqual(Object.keys(manifest), ["Description", "Removed", "Kept", "Residual"]);
    // The identified side's, and who took it out, are told apart in the audit.
    deepStrictEqual(query.audit.exports.map(({ detail }) => detail["scope"]), ["research"]);
  } finally {
    await exports.close();
    await Deno.remove(folder, { recursive: true });
  }
});

function stream(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(pieces as AsyncIterable<Uint8Array<ArrayBuffer>>);
}

/** Files of a tar by path, without checks. */
function filesOf(tar: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const text = (at: number, length: number) =>
    new TextDecoder("latin1").decode(tar.subarray(at, at + length)).replace(/\0.*$/s, "");
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const length = parseInt(text(at + 124, 12), 8);
    const prefix = text(at + 345, 155);
    files.set((prefix && `${prefix}/`) + text(at, 100), tar.subarray(at + 512, at + 512 + length));
    at += 512 + Math.ceil(length / 512) * 512;
  }
  return files;
}
