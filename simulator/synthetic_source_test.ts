import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AnnotationInput } from "@wavekeep/core/recording";
import { formatSeconds } from "@wavekeep/core/time";
import type { SourceChunk } from "./device_source.ts";
import { syntheticSource, type SyntheticStretch } from "./synthetic_source.ts";

const stretch = (startSecond: number, endSecond: number | null): SyntheticStretch => ({
  key: `s${startSecond}`,
  startSecond,
  endSecond,
  clock: "disciplined",
});

function source(...stretches: SyntheticStretch[]) {
  return syntheticSource({
    seed: 3,
    blockSeconds: 100,
    startSecondOfDay: 36_000,
    startedAt: { civil: "2026-11-21T10:00:00", zone: "UTC" },
    startedAtMicros: 1_000_000_000n,
    stretches,
  });
}

async function take(chunks: AsyncIterable<SourceChunk>, count: number): Promise<SourceChunk[]> {
  const taken: SourceChunk[] = [];
  for await (const chunk of chunks) {
    taken.push(chunk);
    if (taken.length === count) break;
  }
  return taken;
}

Deno.test("syntheticSource() gives a resumed stretch the samples it had", async () => {
  const [segment] = source(stretch(10, 14)).segments;
  const whole = await take(segment!.chunks([0]), 9);
  strictEqual(whole.length, 4);
  deepStrictEqual(await take(segment!.chunks([2]), 9), whole.slice(2));
  deepStrictEqual(segment!.sampleCounts, [1024]);
  strictEqual(segment!.openedMicros, 1_010_000_000n);
  strictEqual(formatSeconds(segment!.start), "10");
});

Deno.test("syntheticSource() makes one patient of two stretches", async () => {
  const [whole] = source(stretch(0, null)).segments;
  const [, later] = source(stretch(0, 5), stretch(20, null)).segments;
  const all = await take(whole!.chunks([0]), 22);
  const [first] = await take(later!.chunks([0]), 1);
  deepStrictEqual(first!.samples, all[20]!.samples);
  strictEqual(later!.sampleCounts, null);
});

Deno.test("syntheticSource() tells of an event when it is over, once, and with a stable id", () => {
  const live = source(stretch(0, null));
  const told = Array.from({ length: 300 }, (_, s) => live.marks(s, s + 1)).flat();
  deepStrictEqual(told.map(({ annotation }) => annotation.kind).toSorted(), [
    ...["button", "button", "button", "device-status", "device-status", "device-status"],
    ...["seizure", "seizure", "seizure"],
  ]);
  strictEqual(new Set(told.map(({ annotation }) => annotation.annotation_id)).size, 9);
  deepStrictEqual(source(stretch(0, 300)).marks(-Infinity, Infinity).length, 9);
  for (const { annotation } of told) ok(AnnotationInput.safeParse(annotation).success);
});

Deno.test("syntheticSource() tells of nothing that was not recorded", () => {
  const [seizure] = source(stretch(0, 100)).marks(-Infinity, Infinity);
  const onset = (seizure!.annotation.anchor as { onset: string }).onset;
  const after = Math.ceil(Number(onset)) + 1;
  const marks = source(stretch(after, 100)).marks(-Infinity, Infinity);
  ok(marks.every(({ annotation }) => annotation.kind !== "seizure"));
});
