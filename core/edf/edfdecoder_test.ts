// The independent reader npm:edfdecoder on the real files it can read: 16-bit files whose header tells
// the number of records. It knows no annotations and gets dates wrong, so samples and texts are compared.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
// @ts-types="./edfdecoder_types.d.ts"
import edfdecoder from "edfdecoder";
import { isCoreError } from "../error.ts";
import { readWholeEdf } from "../testing/read_edf.ts";
import { listShared, readShared } from "../testing/shared_data.ts";

Deno.test("openEdf() equals edfdecoder on every real EDF file", async () => {
  const paths = (await listShared()).filter((path) => /\.(edf|rec)$/i.test(path));
  let compared = 0;
  for (const path of paths) {
    if (path.startsWith("synthetic-many-small/") && !path.endsWith("1.edf")) continue;
    const bytes = (await readShared(path))!;
    try {
      if (await compare(bytes, path)) compared++;
    } catch (err) {
      if (!isCoreError(err)) throw err;
      ok(path.startsWith("malformed/"), `${path}: ${err.message}`);
    }
  }
  ok(paths.length === 0 || compared >= 45, `${compared} files compared`);
});

async function compare(bytes: Uint8Array<ArrayBuffer>, path: string): Promise<boolean> {
  const { file, samples } = await readWholeEdf(bytes);
  const decoder = new edfdecoder.EdfDecoder();
  decoder.setInput(bytes.buffer);
  decoder.decode();
  const theirs = decoder.getOutput();
  if (theirs === null) return false;
  strictEqual(theirs.getNumberOfSignals(), file.signals.length, path);
  strictEqual(theirs.getNumberOfRecords(), file.recordCount, path);
  let position = 0;
  for (const signal of file.signals) {
    strictEqual(theirs.getSignalLabel(signal.index), signal.label.trim(), path);
    if (signal.isAnnotation) continue;
    const { calibration } = signal;
    if (calibration !== null) {
      strictEqual(theirs.getSignalDigitalMin(signal.index), calibration.digitalMin, path);
      strictEqual(theirs.getSignalDigitalMax(signal.index), calibration.digitalMax, path);
      strictEqual(theirs.getSignalPhysicalMin(signal.index), Number(calibration.physicalMin), path);
    }
    const ours = samples[position++]!;
    for (let record = 0; record < file.recordCount; record++) {
      const start = record * signal.samplesPerRecord;
      deepStrictEqual(
        Int32Array.from(theirs.getRawSignal(signal.index, record)),
        ours.slice(start, start + signal.samplesPerRecord),
        `${path} signal ${signal.index} record ${record}`,
      );
    }
  }
  return true;
}
