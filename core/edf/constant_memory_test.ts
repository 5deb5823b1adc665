// A file far larger than memory, made up as it is read: what is asked of the source is counted.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { formatSeconds } from "../time/mod.ts";
import { annotationSignal, edfFromSpec, timekeeping } from "../testing/edf_from_spec.ts";
import type { ByteSource } from "./byte_source.ts";
import { openEdf } from "./edf_reader.ts";

/** Counts what the reader asks for. */
interface CountingSource extends ByteSource {
  readonly asked: { bytesMax: number; bytesTotal: number };
}

/** EDF+D: one signal and one annotation signal; every record says where it is. */
function hugeFile(options: { samplesPerRecord: number; recordCount: number }): CountingSource {
  const { samplesPerRecord, recordCount } = options;
  const head = edfFromSpec({
    reserved: "EDF+D",
    recordCount: String(recordCount),
    signals: [
      { samplesPerRecord: String(samplesPerRecord) },
      { ...annotationSignal([]), samplesPerRecord: "12" },
    ],
  });
  const recordBytes = samplesPerRecord * 2 + 24;
  const asked = { bytesMax: 0, bytesTotal: 0 };
  return {
    asked,
    byteLength: head.length + recordCount * recordBytes,
    read(offset, byteLength) {
      asked.bytesMax = Math.max(asked.bytesMax, byteLength);
      asked.bytesTotal += byteLength;
      if (offset < head.length) {
        return Promise.resolve(head.subarray(offset, offset + byteLength));
      }
      const bytes = new Uint8Array(byteLength);
      const first = Math.floor((offset - head.length) / recordBytes);
      for (let index = first;; index++) {
        const start = head.length + index * recordBytes + samplesPerRecord * 2 - offset;
        if (start >= byteLength) break;
        if (start >= 0) {
          bytes.set(new TextEncoder().encode(timekeeping(index * 2)), start);
        }
      }
      return Promise.resolve(bytes);
    },
  };
}

Deno.test("openEdf() reads the header alone of a file of 20 TB", async () => {
  const source = hugeFile({ samplesPerRecord: 100_000, recordCount: 99_999_999 });
  const file = await openEdf(source);
  strictEqual(file.recordCount, 99_999_999);
  ok(source.byteLength > 19e12);
  strictEqual(source.asked.bytesTotal, 256 + 768);
});

Deno.test("records() of a far range reads that range alone", async () => {
  const source = hugeFile({ samplesPerRecord: 5888, recordCount: 99_999_999 });
  const file = await openEdf(source);
  const records = await Array.fromAsync(file.records({ start: 90_000_000, end: 90_000_003 }));
  deepStrictEqual(records.map(({ onset }) => formatSeconds(onset)), [
    "180000000",
    "180000002",
    "180000004",
  ]);
  strictEqual(source.asked.bytesTotal, 1024 + 3 * (5888 * 2 + 24));
});

Deno.test("records() never asks for more than a block, however many records pass", async () => {
  const source = hugeFile({ samplesPerRecord: 1000, recordCount: 5000 });
  const file = await openEdf(source, { blockBytes: 65_536 });
  let count = 0;
  for await (const { samples } of file.records()) count += samples[0]!.length;
  strictEqual(count, 5_000_000);
  ok(source.asked.bytesMax <= 65_536, `${source.asked.bytesMax} bytes at once`);
});

Deno.test("runs() reads only the annotation part of large records", async () => {
  const source = hugeFile({ samplesPerRecord: 100_000, recordCount: 1000 });
  const file = await openEdf(source);
  strictEqual((await file.runs()).length, 1000);
  strictEqual(source.asked.bytesTotal, 1024 + 1000 * 24);
});

Deno.test("openEdf() refuses a record that is larger than it may read, before reading it", async () => {
  const source = hugeFile({ samplesPerRecord: 99_999_999, recordCount: 5 });
  let message = "";
  await openEdf(source).catch((err: Error) => message = err.message);
  strictEqual(
    message,
    "Cannot read EDF records: a record has 200000022 bytes, at most 67108864",
  );
  strictEqual(source.asked.bytesTotal, 1024);
});

Deno.test("records() may run twice side by side", async () => {
  const file = await openEdf(hugeFile({ samplesPerRecord: 10, recordCount: 100 }));
  const [a, b] = await Promise.all([
    Array.fromAsync(file.records(), ({ index }) => index),
    Array.fromAsync(file.records({ start: 50 }), ({ index }) => index),
  ]);
  strictEqual(a.length, 100);
  deepStrictEqual(b, a.slice(50));
});
