import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { formatSeconds } from "../time/mod.ts";
import { readShared, readSharedText } from "../testing/shared_data.ts";
import { parseSeizures, parseWfdbAnnotations } from "./seizures.ts";
import { parseSummary, seizuresOf } from "./summary.ts";

Deno.test("parseSeizures() gives the golden ticks of chb01_03", async () => {
  const bytes = await readShared("chbmit/chb01_03.edf.seizures");
  if (bytes === undefined) return;
  strictEqual(parseWfdbAnnotations(bytes).ticksPerSecond, 256);
  const [seizure, ...more] = parseSeizures(bytes);
  deepStrictEqual(more, []);
  strictEqual(seizure?.startTick, 766_976);
  strictEqual(seizure?.endTick, 766_976 + 10_240);
});

for (const name of ["chb01_03", "chb01_15", "chb01_18", "chb01_21", "chb01_26"]) {
  Deno.test(`parseSeizures() agrees with the summary about ${name}`, async () => {
    const bytes = await readShared(`chbmit/${name}.edf.seizures`);
    const text = await readSharedText("chbmit/chb01-summary.txt");
    if (bytes === undefined || text === undefined) return;
    deepStrictEqual(
      parseSeizures(bytes).map(({ start, end }) => [formatSeconds(start), formatSeconds(end)]),
      seizuresOf(parseSummary(text), `${name}.edf`)!.map(({ start, end }) => [
        String(start),
        String(end),
      ]),
    );
  });
}

/** One file of two seizures, by hand from annot(5). */
const NOTE = [0x00, 0x58, 23, 0xfc, ...new TextEncoder().encode("## time resolution: 256"), 0];
const skipTo = (ticks: number, type: number) => [
  0x00,
  0xec,
  ticks >> 16 & 255,
  ticks >> 24 & 255,
  ticks & 255,
  ticks >> 8 & 255,
  0,
  type << 2,
];

Deno.test("parseSeizures() reads several, with short steps and skips", () => {
  const bytes = Uint8Array.of(
    ...NOTE,
    ...skipTo(70_000, 32),
    44,
    33 << 2,
    ...skipTo(5, 32),
    1,
    132,
    0,
    0,
  );
  deepStrictEqual(
    parseSeizures(bytes).map(({ startTick, endTick }) => [startTick, endTick]),
    [[70_000, 70_044], [70_049, 70_050]],
  );
});

Deno.test("parseSeizures() refuses every proper prefix", () => {
  const bytes = Uint8Array.of(...NOTE, ...skipTo(70_000, 32), ...skipTo(9, 33), 0, 0);
  strictEqual(parseSeizures(bytes).length, 1);
  for (let length = 0; length < bytes.length; length++) {
    throws(
      () => parseSeizures(bytes.subarray(0, length)),
      (err) => isCoreError(err, "TruncatedInputError"),
      `prefix of ${length} bytes`,
    );
  }
});

Deno.test("parseSeizures() refuses bytes after the end", () => {
  throws(() => parseSeizures(Uint8Array.of(...NOTE, 0, 0, 7)), /1 bytes follow the end/);
});

Deno.test("parseSeizures() refuses marks that do not alternate", () => {
  throws(() => parseSeizures(Uint8Array.of(...NOTE, ...skipTo(1, 33), 0, 0)), /out of turn/);
  throws(() => parseSeizures(Uint8Array.of(...NOTE, ...skipTo(1, 32), 0, 0)), /has no end/);
});

Deno.test("parseSeizures() refuses a file that states no resolution", () => {
  throws(() => parseSeizures(Uint8Array.of(0, 0)), /no note states the time resolution/);
});

Deno.test("parseWfdbAnnotations() throws a CoreError or returns, for any bytes", () => {
  let seed = 7;
  const random = () => (seed = Math.imul(seed, 1_103_515_245) + 12_345 >>> 0) >>> 16 & 255;
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: round % 60 }, random);
    try {
      ok(parseWfdbAnnotations(bytes).marks.length <= 30);
    } catch (err) {
      ok(isCoreError(err), String(err));
    }
  }
});
