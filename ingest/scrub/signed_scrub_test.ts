// Scrubbing what a device signed: nothing is found in what it sent, and what a superuser makes of keys and
// ends of runs is.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fileKeyStore } from "@wavekeep/core/crypto";
import { createLogger, openPool } from "@wavekeep/core/service";
import { behindTriggers } from "../../core/testing/damage_rows.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { startPipeline } from "../../query/testing/pipeline.ts";
import { writeSmallEdf } from "../../query/testing/small_edf.ts";
import { enrolment, testKey } from "../testing/signed_device.ts";
import { scrubDeps } from "./open_deps.ts";
import { Pace } from "./pace.ts";
import { scrubRound } from "./run_scrub.ts";

Deno.test("scrubRound() checks the signatures of segments and chunks, under either policy", async () => {
  const pipeline = await startPipeline("signed_scrub");
  if (pipeline === undefined) return;
  const { ownerUrl, siteId, scrubberUrl } = pipeline.database;
  const folder = await Deno.makeTempDir();
  const logger = createLogger({ service: "scrub", write: () => {} });
  const role = "wavekeep_scrubber";
  const pool = openPool(scrubberUrl, { role, max: 2, rawRows: true, logger });
  try {
    const key = testKey(3);
    const code = await pipeline.post("/devices/codes", { device_id: "amp-1" }, { role: "admin" });
    const made: { code: string } = await code.json();
    ok((await pipeline.post("/devices/enrol", enrolment(key, made.code))).ok);
    const device = { ...key, keyId: key.keyId.toHex(), siteId, deviceId: "amp-1" };
    const keys = { current: device, find: () => device };
    await writeSmallEdf(`${folder}/a.edf`, { seconds: 6 });
    for (const mode of ["chunk", "run"] as const) {
      const of = { patientId: "p", recordingId: mode };
      await pipeline.stream([`${folder}/a.edf`], of, { mode, keys });
    }
    const deps = scrubDeps(pool, await fileKeyStore(pipeline.keyFolder), logger);
    const { store } = deps;
    let told: string[] = [];
    const report = store.report.bind(store);
    store.report = (site, findings) => {
      told.push(...findings.map(({ thing, failed }) => `${thing} ${failed}`));
      return report(site, findings);
    };
    /** What a round finds, each kind once. */
    const found = async (isDeep: boolean) => {
      told = [];
      const { signal } = new AbortController();
      const pace = new Pace(Infinity);
      const result = await scrubRound(deps, { signal, pace, isDeep, againMs: 0, siteId });
      strictEqual(result.failedCount, 0);
      return [...new Set(told)].sort();
    };
    for (const isDeep of [false, true]) deepStrictEqual(await found(isDeep), []);

    const flipped = (column: string) =>
      `${column} = set_bit(${column}, 77, 1 - get_bit(${column}, 77))`;
    const twice = async (table: string, set: string, wanted: readonly string[]) => {
      const change = () =>
        behindTriggers(ownerUrl, table, (client) => client.query(`update ${table} set ${set}`));
      await change();
      deepStrictEqual(await found(false), wanted, set);
      await change();
    };
    await twice("wavekeep.device_key", flipped("public_key"), [
      "chunk signature",
      "segment signature",
    ]);
    await twice("wavekeep.segment", flipped("signature"), ["segment signature"]);
    await twice("wavekeep.segment", "signature_policy = 3 - signature_policy", [
      "chunk signature",
      "segment key",
    ]);
    // The signed end of a run goes: what it covered stands for nothing.
    await behindTriggers(ownerUrl, "wavekeep.chunk", (client) =>
      client.query(
        `delete from wavekeep.chunk c using wavekeep.segment s
          where s.recording_id = c.recording_id and s.signature_policy = 2
            and c.stream_no = 0 and c.sequence >= 5`,
      ));
    deepStrictEqual(await found(false), ["chunk signature"]);
    const { rows } = await inDatabase(ownerUrl, (client) =>
      client.query(
        "select distinct failed from wavekeep.scrub_finding where thing = 'chunk'",
      ));
    deepStrictEqual(rows, [{ failed: "signature" }]);
  } finally {
    await pool.end();
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});
