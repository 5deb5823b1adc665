/**
 * A live system of two patients for tests of its verifier, with everything in the log.
 *
 * @module
 */

import { fileKeyStore, nodeSha256, verifyEd25519 } from "@wavekeep/core/crypto";
import { ok } from "node:assert/strict";
import type { Verdict } from "@wavekeep/core/proof";
import { inDatabase } from "../../../core/testing/test_database.ts";
import { type Pipeline, startPipeline } from "../../../query/testing/pipeline.ts";
import { type SequencedLog, sequenceLog } from "../../../query/testing/sequence_log.ts";
import { writeSmallEdf } from "../../../query/testing/small_edf.ts";
import { type LiveOptions, verifyLive } from "../verify_live.ts";

/** Two recordings of two patients, with a mark, a stated end, a clock and a closing, all in the log. */
export async function onSystem(
  test: (pipeline: Pipeline, log: SequencedLog) => Promise<void>,
): Promise<void> {
  const pipeline = await startPipeline("live");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir();
  try {
    for (const [patient, seconds] of [["p", 6], ["q", 5]] as const) {
      const path = `${folder}/${patient}.edf`;
      await writeSmallEdf(path, { seconds, mark: "seen" });
      await pipeline.stream([path], { patientId: patient, recordingId: "r" });
      const clock = await pipeline.post(`/patients/${patient}/recordings/r/clock-observations`, {
        observations: [{
          ...{ "observation_id": (patient === "p" ? "70" : "71").repeat(16), "segment_id": null },
          ...{ "device_time_micros": "-01", "monotonic_ns": "0", "reference_time_micros": "2" },
          ...{ reference: "ntp", "uncertainty_micros": null },
        }],
      });
      ok(clock.ok, await clock.text());
      const close = await pipeline.post(`/patients/${patient}/recordings/r/close`, {
        "idempotency_key": patient === "p" ? "80".repeat(16) : "81".repeat(16),
      });
      ok(close.ok, await close.text());
    }
    await test(pipeline, await sequenceLog(pipeline.database.ownerUrl));
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a verifier with the keys says of it. */
export async function verdictOf(
  pipeline: Pipeline,
  log: SequencedLog,
  options: Partial<Pick<LiveOptions, "kept" | "lateMs">> = {},
): Promise<Verdict> {
  const keys = await fileKeyStore(pipeline.keyFolder);
  return await inDatabase(pipeline.database.ownerUrl, (client) =>
    verifyLive(client, {
      policy: { origin: log.logKey.name, logKey: log.logKey, witnessKeys: [], quorum: 0 },
      crypto: {
        sha256: nodeSha256,
        verify: ({ publicKey, message, signature }) =>
          Promise.resolve(verifyEd25519(publicKey, message, signature)),
      },
      kept: [],
      ...options,
      keys,
    }));
}
