// A restore from backup may come between any two answers, also where no receipt tells of it. Each of these once
// ended a device, or a recording without its end; the simulation found them (bench/simulation).

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { StatementsRequest } from "@wavekeep/core/wire";
import { RefusedError } from "./ingest_client.ts";
import { runEmptyDevice, runStoppedDevice, stateOf } from "./testing/empty_recording.ts";

Deno.test("runDevice() begins again when a restore took the recording before its first segment", async () => {
  let attempts = 0;
  const asked = await runEmptyDevice({
    openSegment: () =>
      attempts++ === 0
        ? Promise.reject(new RefusedError("No such recording", 404, "recording-not-found"))
        : Promise.resolve({} as never),
  });
  strictEqual(asked.filter((name) => name === "openRecording").length, 2);
});

Deno.test("runDevice() states the end again when a restore took it before anything told of the restore", async () => {
  let states = 0;
  const asked = await runEmptyDevice({
    segmentState: () =>
      Promise.resolve(stateOf({ incarnation: 2, end: states++ === 0 ? null : 0 })),
  });
  strictEqual(asked.filter((name) => name === "sendStatements").length, 2);
});

Deno.test("runDevice() asks before it goes home whether it still is the database that it told", async () => {
  let states = 0;
  const asked = await runEmptyDevice({
    // The third is of the second beginning.
    segmentState: () => Promise.resolve(stateOf({ incarnation: states++ === 0 ? 1 : 2 })),
  });
  deepStrictEqual(asked, [
    ...["openRecording", "openSegment", "sendStatements", "segmentState", "segmentState"],
    ...["openRecording", "openSegment", "sendStatements", "segmentState", "segmentState"],
  ]);
});

// Found by a restore drill on a busy machine: ingest had later chunks, and refused the end in front of them.
Deno.test("runDevice() states no end in front of what it made before, when it is stopped while it sends that again", async () => {
  const stated: StatementsRequest[] = [];
  await runStoppedDevice({
    madeChunks: 5,
    sendStatements: (_, body) => {
      stated.push(body);
      return Promise.resolve();
    },
  });
  deepStrictEqual(
    stated.flatMap(({ statements }) => statements.map((one) => [one.kind, one.first_sequence])),
    [["end", 5]],
  );
});
