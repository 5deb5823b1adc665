import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { DeviceProgress } from "./device.ts";
import { fleetMembers, runFleet } from "./fleet.ts";

const done = (seconds: number): DeviceProgress => ({
  doneSeconds: seconds,
  positionSeconds: seconds,
  samplesSent: seconds * 2,
  chunksStored: seconds,
  chunksRepeated: 0,
  chunksHeld: 0,
  chunksRetried: 0,
  chunksAcrossChannels: 0,
  bytesSent: 0,
  setsSent: 0,
});

Deno.test("fleetMembers() keeps codes within 64 characters and seeds apart", () => {
  const members = fleetMembers(2000, "x".repeat(64), 2 ** 32 - 1);
  deepStrictEqual(members.map(({ patientId }) => patientId.length).every((n) => n === 64), true);
  strictEqual(new Set(members.map(({ patientId }) => patientId)).size, 2000);
  deepStrictEqual([members[0]!.seed, members[1]!.seed], [2 ** 32 - 1, 0]);
  strictEqual(fleetMembers(1, "P", 1)[0]!.patientId, "P");
});

Deno.test("runFleet() adds up what its devices do", async () => {
  const totals: number[] = [];
  const total = await runFleet(fleetMembers(3, "P", 0), ({ index }, report) => {
    report(done(index + 1));
    return Promise.resolve(done(10 * (index + 1)));
  }, ({ doneSeconds }) => totals.push(doneSeconds));
  deepStrictEqual([total.doneSeconds, total.positionSeconds, total.samplesSent], [60, 30, 120]);
  deepStrictEqual(totals, [1, 3, 6]);
});

Deno.test("runFleet() lets the others finish when one fails, and then says so", async () => {
  let finished = 0;
  await rejects(
    runFleet(fleetMembers(3, "P", 0), async ({ index }) => {
      if (index === 0) throw new Error("refused");
      await Promise.resolve();
      finished++;
      return done(1);
    }, () => {}),
    /refused/,
  );
  strictEqual(finished, 2);
});
