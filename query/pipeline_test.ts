/**
 * Query against what ingest stored: golden numbers of EEG_RULES section 4, on a real database.
 *
 * @module
 */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { sharedDataDir } from "../core/testing/shared_data.ts";
import { startPipeline } from "./testing/pipeline.ts";

const data = sharedDataDir();
const pipeline = data === undefined ? undefined : await startPipeline("query");

Deno.test("pipeline: chb01_03 seizure", async () => {
  if (pipeline === undefined || data === undefined) return;
  await pipeline.stream([`${data}/chbmit/chb01_03_Seizure.edf`], {
    patientId: "chb01",
    recordingId: "chb01_03",
  });
  const response = await pipeline.get("/eeg?patient_id=chb01&recording_id=chb01_03&start=0&end=1");
  const body = await response.json();
  strictEqual(response.status, 200);
  deepStrictEqual(body.gaps, []);
});

Deno.test({
  name: "pipeline: closes",
  fn: async () => await pipeline?.close(),
});
