// A wall clock that is set while a device works is the device's trouble, never its recording's.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { ClockObservationsRequest } from "@wavekeep/core/wire";
import { runEmptyDevice } from "./testing/empty_recording.ts";

/** What the device says about its clock, when it reads `readings` one after the other. */
async function observedWith(readings: bigint[]): Promise<ClockObservationsRequest[]> {
  const sent: ClockObservationsRequest[] = [];
  await runEmptyDevice(
    { sendClockObservations: (_codes, body) => Promise.resolve(void sent.push(body)) },
    () => readings.length > 1 ? readings.shift()! : readings[0]!,
  );
  return sent;
}

Deno.test("runDevice() says nothing of a clock that was set back while it asked, where it was refused for good", async () => {
  deepStrictEqual(await observedWith([5_000_000n, 1_000_000n]), []);
});

Deno.test("runDevice() says nothing of a clock after a question of hours", async () => {
  deepStrictEqual(await observedWith([0n, 3_600_000_000n]), []);
});

Deno.test("runDevice() tells what its clock and the server's said in the middle of a question", async () => {
  const [sent] = await observedWith([1_000n, 3_000n]);
  strictEqual(sent!.observations[0]!.device_time_micros, "2000");
  strictEqual(sent!.observations[0]!.uncertainty_micros, "1001");
});
