import { deepStrictEqual, doesNotMatch, ok, strictEqual } from "node:assert/strict";
import { IngestMetrics } from "./metrics.ts";
import { Fixture, OPEN_RECORDING, PATIENT, RECORDING } from "./testing/fixtures.ts";
import { send, startTestApp } from "./testing/test_app.ts";

Deno.test("GET /metrics counts chunks by what became of them, and names nobody", async () => {
  const { app } = startTestApp();
  const fixture = new Fixture();
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(app, "POST", `/patients/${PATIENT}/recordings/${RECORDING}/segments`, {
    body: fixture.opening(),
  });
  const damaged = fixture.chunk(1);
  damaged[damaged.length - 8]! ^= 1;
  const statuses = [];
  for (
    const body of [
      fixture.batch(0),
      fixture.batch(0),
      fixture.chunk(0, { value: 7 }),
      damaged,
    ]
  ) statuses.push((await send(app, "POST", "/ingest", { body })).status);
  deepStrictEqual(statuses, [201, 200, 409, 400]);
  const answer = await app.request("/metrics", { headers: { authorization: "Bearer admin" } });
  const text = await answer.text();
  const samples = Number(/^wavekeep_ingest_samples_total (\d+)$/m.exec(text)?.[1]);
  ok(samples > 0 && samples % 2 === 0, "samples of two channels");
  for (
    const line of [
      'wavekeep_ingest_chunks_total{outcome="stored"} 1',
      'wavekeep_ingest_chunks_total{outcome="repeated"} 1',
      'wavekeep_ingest_refused_chunks_total{problem="chunk-conflict"} 1',
      'wavekeep_http_problems_total{problem="chunk-conflict"} 1',
      'wavekeep_http_request_duration_seconds_count{route="/ingest",status="2xx"} 2',
    ]
  ) ok(text.includes(`${line}\n`), `${line}\n${text}`);
  for (const name of [PATIENT, RECORDING, fixture.hex, "device-1", "admin"]) {
    doesNotMatch(text, new RegExp(name));
  }
});

Deno.test("IngestMetrics: gauges are of the moment they are read", async () => {
  const metrics = new IngestMetrics();
  const figures = { waitingChunks: 0, waitingBytes: 0, running: 0 };
  metrics.observe({
    commits: { figures: () => figures } as never,
    verifier: { figures: () => ({ workers: 2, busy: 1, waitingChunks: 9 }) } as never,
    pools: {
      writer: { totalCount: 5, idleCount: 2, waitingCount: 4 },
      deriver: undefined,
    },
  });
  figures.waitingChunks = 3;
  const text = await metrics.registry.render();
  for (
    const line of [
      "wavekeep_ingest_commit_waiting_chunks 3",
      "wavekeep_ingest_verify_workers_busy 1",
      'wavekeep_pool_connections_in_use{pool="writer"} 3',
      'wavekeep_pool_waiting{pool="writer"} 4',
    ]
  ) ok(text.includes(`${line}\n`), line);
  strictEqual(text.includes("deriver"), false);
});
