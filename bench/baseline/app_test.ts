import { deepStrictEqual, strictEqual } from "node:assert/strict";
import pg from "pg";
import { createTestDatabase } from "../../core/testing/test_database.ts";
import { eegSignal } from "../eeg_signal.ts";
import { CHANNEL_NAMES, planChunk, planValues, verifyWindow, windowPath } from "../plan_json.ts";
import { createBaselineApp } from "./app.ts";
import { createTables, settle, storedBytes, withoutIndexes } from "./tables.ts";

/** Runs `fn` against the baseline's routes over fresh tables. */
async function withBaseline(
  fn: (app: ReturnType<typeof createBaselineApp>, client: pg.Client) => Promise<void>,
): Promise<void> {
  const database = await createTestDatabase("baseline");
  if (database === undefined) return;
  const pool = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  try {
    await createTables(client);
    await fn(createBaselineApp(pool), client);
  } finally {
    await client.end();
    await pool.end();
    await database.drop();
  }
}

const post = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

Deno.test("baseline: what is ingested as one chunk and as many comes back equal", () =>
  withBaseline(async (app, client) => {
    const { chunks } = eegSignal(1, 3);
    const bodies = chunks.map((chunk, i) => planChunk("r", i, chunk));
    strictEqual((await app.request("/ingest", post(bodies[0]))).status, 201);
    strictEqual((await app.request("/ingest", post(bodies.slice(1)))).status, 201);
    await settle(client);

    const all = { recordingId: "r", start: 100, end: 700 };
    for (const window of [all, { ...all, channels: CHANNEL_NAMES.slice(22) }]) {
      const response = await app.request(windowPath(window));
      strictEqual(response.headers.get("content-type"), "application/json");
      verifyWindow("the baseline", planValues(await response.json(), window), window, chunks);
    }
    const { rows } = await client.query(
      "select num_samples as n, length(checksum) as digits from ingestion_log order by id",
    );
    deepStrictEqual(rows, Array(3).fill({ n: 5888, digits: 64 }));
    const { recordings } = await (await app.request("/recordings?patient_id=bench")).json();
    deepStrictEqual(recordings, [{ "recording_id": "r", duration: 3, samples: "17664" }]);
  }));

Deno.test("baseline: a chunk that does not fit is refused and nothing is stored", () =>
  withBaseline(async (app, client) => {
    const chunk = planChunk("r", 0, eegSignal(1, 1).chunks[0]!) as Record<string, unknown>;
    const bad = [{ ...chunk, channels: ["A"] }, { ...chunk, start: null }, []];
    for (const body of bad) strictEqual((await app.request("/ingest", post(body))).status, 422);
    const { rows } = await client.query("select count(*)::int as n from eeg_sample");
    deepStrictEqual(rows, [{ n: 0 }]);
  }));

Deno.test("baseline: both indexes are there after a bulk load without them", () =>
  withBaseline(async (_, client) => {
    await withoutIndexes(client, () => Promise.resolve());
    const { rows } = await client.query<{ name: string }>(
      "select indexname as name from pg_indexes where tablename = 'eeg_sample' order by 1",
    );
    deepStrictEqual(rows.map(({ name }) => name), [
      "eeg_sample_channel_time",
      "eeg_sample_pkey",
      "eeg_sample_time",
    ]);
    strictEqual(await storedBytes(client) > 0, true);
  }));
