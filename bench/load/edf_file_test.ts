import { ok, rejects, strictEqual } from "node:assert/strict";
import { bytesByteSource, openEdf } from "@wavekeep/core/edf";
import { RECORD_BYTES, requireSameSamples, writeEdfFile } from "./edf_file.ts";

const signal = new AbortController().signal;

Deno.test("writeEdfFile() writes a file that reads whole, of the size that was asked for", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const byteLength = 100 * RECORD_BYTES;
    const facts = await writeEdfFile(`${folder}/a.edf`, { byteLength, seed: 1, signal });
    const bytes = await Deno.readFile(`${folder}/a.edf`);
    strictEqual(bytes.byteLength, facts.byteLength);
    const edf = await openEdf(bytesByteSource(bytes));
    strictEqual(edf.recordCount, 100);
    strictEqual(facts.recordCount, 100);
    let count = 0;
    for await (const record of edf.records()) {
      ok(record.samples.some((row) => row.some((sample) => sample !== 0)));
      count++;
    }
    strictEqual(count, 100);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("requireSameSamples() finds the record that differs", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const byteLength = 5 * RECORD_BYTES;
    await writeEdfFile(`${folder}/a.edf`, { byteLength, seed: 1, signal });
    const bytes = await Deno.readFile(`${folder}/a.edf`);
    await requireSameSamples(bytesByteSource(bytes), bytesByteSource(bytes.slice()));
    const other = bytes.slice();
    other[other.length - 1]! ^= 1;
    await rejects(
      requireSameSamples(bytesByteSource(bytes), bytesByteSource(other)),
      /record 4 differs/,
    );
    const shorter = bytes.slice(0, -RECORD_BYTES);
    shorter.set(new TextEncoder().encode("4       "), 236);
    await rejects(
      requireSameSamples(bytesByteSource(bytes), bytesByteSource(shorter)),
      /5 records of 23 signals were sent, 4 of 23/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
