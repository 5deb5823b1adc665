// A list of marks, asked for again by its snapshot: exactly the rows that somebody saw, though others were on
// their way at that moment with an earlier time.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import pg from "pg";
import { startPipeline } from "../testing/pipeline.ts";

const PATH = "/patients/p-1/recordings/r-1";

Deno.test("a snapshot of marks gives the same rows again, whatever is committed later", async () => {
  const pipeline = await startPipeline("as_of");
  if (pipeline === undefined) return;
  const late = new pg.Client({ connectionString: pipeline.database.ownerUrl });
  await late.connect();
  try {
    const opened = await pipeline.post("/recordings", {
      patient_id: "p-1",
      recording_id: "r-1",
      started_at: null,
      idempotency_key: "00000000000000000000000000000001",
    });
    strictEqual(opened.status, 201, await opened.clone().text());
    const mark = async (n: number) => {
      const response = await pipeline.post(`${PATH}/annotations`, {
        annotations: [{
          annotation_id: n.toString(16).padStart(32, "0"),
          version: 1,
          kind: "note",
          source: "human",
          status: "active",
          anchor: { coordinate: "recording", onset: String(n) },
          duration: null,
          text: `mark ${n}`,
          channels: [],
        }],
      }, { role: "clinician" });
      strictEqual((await response.json()).results[0].status, 201);
    };
    await mark(1);
    await mark(2);
    // Mark 2 once more under another id, in a transaction that is open while somebody reads: its moment is
    // before the reader's, its commit after.
    await late.query("begin");
    await late.query(
      `insert into wavekeep.annotation (recording_id, annotation_id, version, site_id,
          author_role, body_sealed, content_digest, status, received_at)
        select recording_id, decode(lpad('2', 32, '0'), 'hex'), 2, site_id, author_role, body_sealed,
            content_digest, 'withdrawn', received_at
          from wavekeep.annotation where version = 1 and annotation_id = decode(lpad('2', 32, '0'), 'hex')`,
    );
    const list = async (query = "") =>
      await (await pipeline.get(`${PATH}/annotations${query}`)).json();
    const rowsOf = (found: { annotations: { annotation_id: string; version: number }[] }) =>
      found.annotations.map(({ annotation_id: id, version }) => [Number(`0x${id}`), version]);
    const seen = await list();
    deepStrictEqual(rowsOf(seen), [[1, 1], [2, 1]]);
    ok(/^\d+:\d+:/.test(seen.snapshot));
    await mark(3);
    await late.query("rollback");
    await late.query("begin");
    const { rows: [{ n }] } = await late.query("select pg_current_xact_id()::text as n");
    ok(Number(n) > 0);
    const open = await list();
    await late.query(
      `insert into wavekeep.annotation_review (recording_id, review_id, site_id, annotation_id,
          annotation_version, author_role, body_sealed, content_digest, received_at)
        select recording_id, decode(lpad('9', 32, '0'), 'hex'), site_id, annotation_id, version,
            author_role, body_sealed, content_digest, received_at - interval '1 hour'
          from wavekeep.annotation where annotation_id = decode(lpad('1', 32, '0'), 'hex')`,
    );
    await late.query("commit");
    // The review says that it came an hour ago, and nobody had seen it then.
    const count = async (query: string) => {
      const response = await pipeline.get(`${PATH}/annotations${query}`);
      return response.status;
    };
    // What it says is sealed for another place: who sees the row gets a problem, who does not gets the list.
    strictEqual(await count(""), 500);
    strictEqual(await count(`?as_of=${encodeURIComponent(open.as_of)}`), 500);
    const again = await list(`?snapshot=${open.snapshot}`);
    deepStrictEqual(rowsOf(again), [[1, 1], [2, 1], [3, 1]]);
    strictEqual(again.snapshot, open.snapshot);
    deepStrictEqual(rowsOf(await list(`?snapshot=${seen.snapshot}`)), [[1, 1], [2, 1]]);
    strictEqual(await count("?snapshot=1"), 422);
  } finally {
    await late.end();
    await pipeline.close();
  }
});
