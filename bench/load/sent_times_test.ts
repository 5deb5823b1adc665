import { deepStrictEqual } from "node:assert/strict";
import { SentTimes } from "./sent_times.ts";

Deno.test("a chunk is found with its times until 64 others have left after it", () => {
  const times = new SentTimes();
  times.sent(0, 10);
  deepStrictEqual(times.find(0), { sentMs: 10, receiptMs: NaN });
  times.received(0, 12.5);
  deepStrictEqual(times.find(0), { sentMs: 10, receiptMs: 12.5 });
  for (let sequence = 1; sequence < 64; sequence++) times.sent(sequence, sequence);
  deepStrictEqual(times.find(0), { sentMs: 10, receiptMs: 12.5 });

  times.sent(64, 70);
  deepStrictEqual(times.find(0), undefined);
  // A receipt that comes so late is nobody's.
  times.received(0, 80);
  deepStrictEqual(times.find(64), { sentMs: 70, receiptMs: NaN });
});

Deno.test("what was never sent is not found", () => {
  deepStrictEqual(new SentTimes().find(0), undefined);
  deepStrictEqual(new SentTimes().find(63), undefined);
});
