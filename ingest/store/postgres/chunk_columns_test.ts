import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Buffer } from "node:buffer";
import type { NewChunk } from "../ingest_store.ts";
import { chunkColumns } from "./chunk_columns.ts";

const RECORDING = "019a0000-0000-7000-8000-000000000000";

function chunkOf(sequence: number, body: Uint8Array): NewChunk {
  return {
    recordingId: RECORDING,
    segmentNumber: 0,
    stream: 0,
    sequence,
    firstSample: 256 * sequence,
    sampleCount: 256,
    chunkDigest: new Uint8Array(32).fill(1),
    storedDigest: new Uint8Array(32).fill(2),
    receivedAtMicros: 0n,
    leafEntry: new Uint8Array(56).fill(4),
    leafHash: new Uint8Array(32).fill(3),
    body,
  };
}

/** Where each body is cut out again, by the statement's own numbers. */
function bodiesOf(chunks: readonly NewChunk[]): { bodies: Uint8Array[]; sent: Buffer } {
  const sender = { siteId: 1, actor: "a", role: "device", requestId: "r" } as const;
  const group = chunks.map((chunk) => ({ chunk, senderIndex: 0 }));
  const columns = chunkColumns(1, [sender], group);
  const numbers = (text: unknown) => (text as string).slice(1, -1).split(",").map(Number);
  // $12, $13 and $15 of the statement.
  const [starts, lengths, sent] = [
    numbers(columns[11]),
    numbers(columns[12]),
    columns[14] as Buffer,
  ];
  return {
    bodies: lengths.map((length, i) =>
      new Uint8Array(sent.subarray(starts[i]! - 1, starts[i]! - 1 + length))
    ),
    sent,
  };
}

Deno.test("chunkColumns() sends every body, whether they lie in one row or anywhere", () => {
  const all = Uint8Array.from({ length: 100 }, (_, i) => i);
  const views = [all.subarray(3, 20), all.subarray(20, 21), all.subarray(21, 90)];
  const chunks = views.map((body, sequence) => chunkOf(sequence, body));
  const inPlace = bodiesOf(chunks);
  deepStrictEqual(inPlace.bodies, views.map((view) => new Uint8Array(view)));
  strictEqual(inPlace.sent.buffer, all.buffer);
  for (
    const order of [
      [chunks[1]!, chunks[0]!, chunks[2]!],
      [chunks[0]!, chunks[2]!],
      [chunks[0]!, chunkOf(9, Uint8Array.of(7)), chunks[1]!],
      [chunkOf(9, Uint8Array.of(7, 8))],
    ]
  ) {
    deepStrictEqual(bodiesOf(order).bodies, order.map(({ body }) => new Uint8Array(body)));
  }
});
