import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { CHANNELS, eegSignal, MONTAGE, physicalRows } from "./eeg_signal.ts";
import { CHANNEL_COUNT, SAMPLES_PER_CHUNK } from "./workloads.ts";

Deno.test("eegSignal() gives the same bits on every machine", () => {
  const hash = createHash("sha256");
  for (const chunk of eegSignal(1, 5).chunks) {
    hash.update(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }
  strictEqual(
    hash.digest("hex"),
    "2c74bb8037a1b63d5a5e85296e1e828fe3e95eccbc57263ec39171a3975826fd",
  );
});

Deno.test("eegSignal() gives another signal for another seed, and a longer one starts the same", () => {
  const [first] = eegSignal(1, 1).chunks;
  deepStrictEqual(eegSignal(1, 2).chunks[0], first);
  ok(eegSignal(2, 1).chunks[0]!.some((sample, i) => sample !== first![i]));
});

Deno.test("eegSignal() looks like scalp EEG: tens of microvolts, exact copies where labels repeat", () => {
  const chunks = eegSignal(7, 10).chunks;
  strictEqual(chunks[0]!.length, SAMPLES_PER_CHUNK);
  const squares = chunks.flatMap((chunk) =>
    physicalRows(chunk)[0]!.reduce((sum, v) => sum + v * v, 0)
  );
  const rms = Math.sqrt(squares.reduce((sum, v) => sum + v, 0) / (256 * 10));
  ok(10 < rms && rms < 100, `RMS of FP1-F7 is ${rms} µV`);
  const rows = physicalRows(chunks[3]!);
  deepStrictEqual(rows[MONTAGE.lastIndexOf("T8-P8")], rows[MONTAGE.indexOf("T8-P8")]);
});

Deno.test("CHANNELS has the plan's 23 channels in file order", () => {
  strictEqual(CHANNELS.length, CHANNEL_COUNT);
  deepStrictEqual(CHANNELS.map(({ position }) => position), Array.from(CHANNELS.keys()));
});
