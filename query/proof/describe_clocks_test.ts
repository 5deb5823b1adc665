import { deepStrictEqual } from "node:assert/strict";
import { type ClockRow, describeClocks } from "./describe_clocks.ts";

const row = (
  segmentNumber: number | null,
  source: string,
  device: number,
  reference: number,
  uncertainty: number | null = 10_000,
): ClockRow => ({
  segmentNumber,
  source,
  deviceTimeMicros: String(device),
  referenceTimeMicros: String(reference),
  uncertaintyMicros: uncertainty === null ? null : String(uncertainty),
});

const brief = (rows: readonly ClockRow[]) =>
  describeClocks(rows).map((clock) => [
    clock.segment_number,
    clock.reference,
    clock.offset_seconds,
    clock.offset_uncertainty_seconds,
    clock.observation_count,
  ]);

Deno.test("describeClocks() has nothing of nothing, and nothing of what files say of themselves", () => {
  deepStrictEqual(brief([]), []);
  deepStrictEqual(brief([row(0, "file", 0, 5)]), []);
});

Deno.test("describeClocks() tells each segment's clock by the server's", () => {
  const rows = [row(1, "server", 5_000_000, 4_000_000), row(0, "server", 0, 1_500_000)];
  deepStrictEqual(brief(rows), [
    [0, "server", "1.500000", 0.01, 1],
    [1, "server", "-1.000000", 0.01, 1],
  ]);
});

Deno.test("describeClocks() goes through a relay where the relay's clock was seen, and says so where not", () => {
  const device = row(0, "relay", 0, 100_000_000);
  deepStrictEqual(brief([device]), [[0, "relay", "100.000000", 0.01, 1]]);
  // The relay is two seconds behind ingest at that time, and was ten at another.
  const relay = [
    row(null, "server", 99_000_000, 101_000_000, 5_000),
    row(null, "server", 900_000_000, 910_000_000, 5_000),
  ];
  deepStrictEqual(brief([device, ...relay]), [[0, "server", "102.000000", 0.015, 1]]);
});
