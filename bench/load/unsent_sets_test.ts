import { deepStrictEqual, ok } from "node:assert/strict";
import { formatHex } from "@wavekeep/core/bytes";
import { decodeParameterSetRecord, parameterSetDigest } from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { dayDevice } from "../day/device.ts";
import { dayPool } from "../day/pool.ts";
import { UnsentSets } from "./unsent_sets.ts";

Deno.test("UnsentSets gives each set once, with the first chunk that names it", async () => {
  const pool = await dayPool({ shape: "scalp", seed: 5, minutes: 2, dataFolder: undefined });
  const device = dayDevice(pool, { patientId: "p", recordingId: "r", seed: 1 });
  const sets = new UnsentSets(device);
  const sent = new Set<string>();
  for (let sequence = 0; sequence < 240; sequence++) {
    for (const record of sets.before(sequence)) {
      const digest = parameterSetDigest(decodeParameterSetRecord(record), nodeSha256);
      ok(!sent.has(formatHex(digest)));
      sent.add(formatHex(digest));
    }
    const named = device.template(0, sequence).header.parameterSetDigest;
    ok(named === null || sent.has(formatHex(named)), `chunk ${sequence} names a set that was sent`);
  }
  deepStrictEqual(sets.before(0), []);
});
