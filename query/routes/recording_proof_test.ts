import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { RecordingProof } from "@wavekeep/core/wire";
import { damageChunks } from "../../core/testing/damage_rows.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { type Pipeline, startPipeline } from "../testing/pipeline.ts";
import { sequenceLog } from "../testing/sequence_log.ts";
import { writeSmallEdf } from "../testing/small_edf.ts";

const PATH = "/patients/p/recordings/r/proof";

async function proofOf(pipeline: Pipeline): Promise<RecordingProof> {
  const answer = await pipeline.get(PATH);
  strictEqual(answer.status, 200, answer.ok ? "" : await answer.text());
  return RecordingProof.parse(await answer.json());
}

/** Chunks that the checkpoint covers, by stream. */
const loggedOf = ({ streams }: RecordingProof) =>
  streams.map(({ logged_count: count }) => count).sort();

Deno.test("GET …/proof of a recording counts what is logged, and names what was found damaged", async () => {
  const pipeline = await startPipeline("recording_proof");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir();
  try {
    await writeSmallEdf(`${folder}/a.edf`, { seconds: 5 });
    await pipeline.stream([`${folder}/a.edf`], { patientId: "p", recordingId: "r" });
    const before = await proofOf(pipeline);
    deepStrictEqual([before.log, before.streams, before.failures], [null, [], []]);
    strictEqual(typeof before.first_received_at, "string");
    strictEqual(before.before_log, false);

    deepStrictEqual(before.clocks, []);

    // A device whose battery is dead, seen by a relay that is two seconds behind ingest itself.
    const { rows: [segment] } = await inDatabase(
      pipeline.database.ownerUrl,
      (client) => client.query("select encode(segment_id, 'hex') as id from wavekeep.segment"),
    );
    const observe = (n: number, of: Record<string, string | null>) => ({
      "observation_id": n.toString(16).padStart(32, "0"),
      "monotonic_ns": "0",
      "uncertainty_micros": "5000",
      ...of,
    });
    const observed = await pipeline.post("/patients/p/recordings/r/clock-observations", {
      observations: [
        observe(1, {
          "segment_id": segment.id,
          "device_time_micros": "60000000",
          "reference_time_micros": "1795262400000000",
          reference: "relay",
        }),
        observe(2, {
          "segment_id": null,
          "device_time_micros": "1795262401000000",
          "reference_time_micros": "1795262403000000",
          reference: "server",
        }),
      ],
    });
    strictEqual(observed.status, 201, await observed.text());
    deepStrictEqual((await proofOf(pipeline)).clocks, [{
      "segment_number": 0,
      reference: "server",
      "offset_seconds": "1795262342.000000",
      "offset_uncertainty_seconds": 0.01,
      "drift_ppm": null,
      "drift_uncertainty_ppm": null,
      "observation_count": 1,
      "used_count": 1,
      "jump_count": 0,
    }]);

    const log = await sequenceLog(pipeline.database.ownerUrl);
    const after = await proofOf(pipeline);
    deepStrictEqual([after.log?.origin, after.log?.size], [log.logKey.name, log.size]);
    deepStrictEqual(after.log?.witnesses, []);
    deepStrictEqual(loggedOf(after), [5, 5]);
    deepStrictEqual(after.segments.map(({ key_id: keyId }) => keyId), [null]);

    await inDatabase(pipeline.database.ownerUrl, async (client) => {
      await client.query("alter table wavekeep.chunk disable trigger all");
      await client.query("update wavekeep.chunk set leaf_salt = chunk_digest where sequence = 0");
    });
    strictEqual((await proofOf(pipeline)).before_log, true);

    // Two readers meet the damage; it is told once for each chunk.
    await damageChunks(pipeline.database.ownerUrl, [3]);
    await pipeline.get("/eeg?patient_id=p&recording_id=r&start=3&end=4");
    await inDatabase(
      pipeline.database.ownerUrl,
      (client) =>
        client.query(
          `insert into wavekeep.event (site_id, kind, actor, recording_id, segment_no, stream_no,
              sequence, detail)
            select site_id, kind, 'scrub', recording_id, segment_no, stream_no, sequence, detail
              from wavekeep.event where kind = 'integrity-failed'`,
        ),
    );
    const { failures } = await proofOf(pipeline);
    const places = failures.map((failure) => `${failure.stream}/${failure.sequence}`);
    deepStrictEqual(places, [...new Set(places)]);
    strictEqual(places.includes("0/3"), true, places.join());

    strictEqual((await pipeline.get(PATH, { site: "other" })).status, 404);
    strictEqual((await pipeline.get(PATH, { role: "device" })).status, 403);
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});
