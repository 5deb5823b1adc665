/** Trends of a real recording on a real database: simulator, ingest, the deriver, query. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fileKeyStore } from "@wavekeep/core/crypto";
import { createLogger, openPool } from "@wavekeep/core/service";
import { sampleRate } from "@wavekeep/core/time";
import { BIN_COUNT, decodeTrends, EpochMaker, planTrends, TrendBlock } from "@wavekeep/core/trend";
import { TRENDS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { readWholeEdf } from "../../core/testing/read_edf.ts";
import { sharedDataDir } from "../../core/testing/shared_data.ts";
import { deriveDeps } from "../../ingest/trend/open_deps.ts";
import { runOnce } from "../../ingest/trend/run_once.ts";
import { startPipeline } from "../testing/pipeline.ts";
import { madeChannel } from "../testing/sealed_recording.ts";

const data = sharedDataDir();
const RATE = 256;
const LABELS =
  ("FP1-F7 F7-T7 T7-P7 P7-O1 FP1-F3 F3-C3 C3-P3 P3-O1 FP2-F4 F4-C4 C4-P4 P4-O2 FP2-F8 " +
    "F8-T8 T8-P8 P8-O2 FZ-CZ CZ-PZ P7-T7 T7-FT9 FT9-FT10 FT10-T8 T8-P8").split(" ");

Deno.test("trends: what query answers is what the file's samples say", async () => {
  if (data === undefined) return;
  const pipeline = await startPipeline("trends");
  if (pipeline === undefined) return;
  const logger = createLogger({ service: "test", level: "warn" });
  const pool = openPool(pipeline.database.deriverUrl, {
    role: "wavekeep_deriver",
    max: 1,
    logger,
  });
  try {
    const path = `${data}/chbmit/chb01_03_Seizure.edf`;
    await pipeline.stream([path], { patientId: "p", recordingId: "r" });
    const ask = async () => {
      const query = "patient_id=p&recording_id=r&start=0&end=41&columns=10";
      const headers = { accept: TRENDS_MEDIA_TYPE };
      const response = await pipeline.get(`/trends?${query}`, { headers });
      strictEqual(response.status, 200, response.ok ? "" : await response.text());
      return decodeTrends(new Uint8Array(await response.arrayBuffer()));
    };
    const before = await ask();
    deepStrictEqual([before.complete, before.streams[0]!.computed_until], [false, "0"]);
    const deps = deriveDeps(pool, await fileKeyStore(pipeline.keyFolder), logger);
    const { siteId } = pipeline.database;
    strictEqual((await runOnce(deps, { siteId, isRebuild: false })).epochCount, 5);
    const answer = await ask();
    strictEqual(answer.complete, true);
    const [stream] = answer.streams;
    deepStrictEqual(
      stream!.sides.left.derivations.map(({ path }) => path),
      "FP1-F7 F7-T7 T7-P7 P7-O1 FP1-F3 F3-C3 C3-P3 P3-O1".split(" ").map((name) => `(${name})`),
    );
    strictEqual(stream!.sides.right.aeeg!.name, "C4-P4");
    const { samples, channels } = await fileOf(path);
    const plan = planTrends({ rate: sampleRate(RATE), kind: "int32", channels });
    ok(!("reason" in plan));
    const block = new TrendBlock({ level: 0, block: 0 }, [8, 8]);
    const maker = new EpochMaker(plan);
    for (let epoch = 0; epoch < 5; epoch++) {
      const seconds = Array.from({ length: 10 }, (_, second) => {
        const start = (epoch * 10 + second) * RATE;
        return start < samples[0]!.length
          ? samples.map((row) => row.slice(start, start + RATE))
          : undefined;
      });
      maker.make(seconds, block, epoch);
    }
    const { arrays } = stream!;
    const lines = 5 * BIN_COUNT;
    deepStrictEqual(arrays["spectrum_right"], block.sides[1].spectrum.slice(0, lines));
    deepStrictEqual(arrays["aeeg_upper_left"], block.sides[0].aeegUpper.slice(0, 5));
    deepStrictEqual(arrays["asymmetry_absolute"], block.pairs.absolute.slice(0, 5));
    deepStrictEqual([...arrays["missing"]!], [0, 0, 0, 0, 0]);
  } finally {
    await pool.end();
    await pipeline.close();
  }
});

/** Digital samples and CHB-MIT's channels. */
async function fileOf(path: string) {
  const { samples } = await readWholeEdf(await Deno.readFile(path));
  const channels = LABELS.map((label, position) => madeChannel(position, { label }));
  return { samples: samples.slice(0, LABELS.length), channels };
}
