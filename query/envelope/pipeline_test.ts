/** Envelopes of a real recording on a real database: simulator, ingest with a deriver, query. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EnvelopeJson } from "@wavekeep/core/wire";
import { readWholeEdf } from "../../core/testing/read_edf.ts";
import { sharedDataDir } from "../../core/testing/shared_data.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { startPipeline } from "../testing/pipeline.ts";

const data = sharedDataDir();

Deno.test("envelope: the live tail and what ingest summarised say the same, and what the file says", async () => {
  if (data === undefined) return;
  const pipeline = await startPipeline("envelope");
  if (pipeline === undefined) return;
  try {
    const path = `${data}/chbmit/chb01_03_Seizure.edf`;
    await pipeline.stream([path], { patientId: "p", recordingId: "r" });
    const ask = async (end: number, columns: number) => {
      const query = `patient_id=p&recording_id=r&start=0&end=${end}&columns=${columns}`;
      const response = await pipeline.get(`/envelope?${query}`);
      strictEqual(response.status, 200, response.ok ? "" : await response.text());
      return EnvelopeJson.parse(await response.json());
    };
    const questions = [[41, 20], [41, 500], [100, 4], [0.5, 64]] as const;
    const before = await Promise.all(questions.map(([end, columns]) => ask(end, columns)));
    await pipeline.restartIngest();
    await inDatabase(pipeline.database.ownerUrl, async (client) => {
      const { rows } = await client.query(
        `select level, chunk_count as "count" from wavekeep.envelope order by level`,
      );
      deepStrictEqual(rows, [0, 1, 2, 3].map((level) => ({ level, count: 41 })));
    });
    const after = await Promise.all(questions.map(([end, columns]) => ask(end, columns)));
    deepStrictEqual(after, before);
    const { samples } = await readWholeEdf(await Deno.readFile(path));
    for (const { streams: [stream], complete, gaps } of after) {
      deepStrictEqual([complete, gaps], [true, []]);
      const { bounds, channels } = stream!;
      strictEqual(channels.length, 23);
      for (const [row, { least, greatest, not_assessable: notAssessable }] of channels.entries()) {
        strictEqual(notAssessable, null);
        for (let column = 0; column < least.length; column++) {
          const own = samples[row]!.subarray(bounds[column], bounds[column + 1]);
          if (own.length === 0) continue;
          strictEqual(least[column], Math.min(...own));
          strictEqual(greatest[column], Math.max(...own));
        }
      }
    }
    ok(!pipeline.log.some((line) => line.includes('"level":"error"')));
  } finally {
    await pipeline.close();
  }
});
