import { doesNotMatch, ok, strictEqual } from "node:assert/strict";
import { memoryQuery } from "./testing/memory_query.ts";

Deno.test("GET /metrics of query: guarded, by route pattern, with what the log says, naming nobody", async () => {
  const query = await memoryQuery({ segments: [{ streams: [{ sequences: [0] }] }] });
  strictEqual((await query.app.request("/metrics")).status, 401);
  strictEqual((await query.get("/metrics", { token: "clinician.1" })).status, 403);
  await (await query.get("/patients/p1/recordings/r1")).body?.cancel();
  await (await query.get("/eeg?patient_id=p1&recording_id=r1&start=0&end=1")).body?.cancel();
  const answer = await query.get("/metrics", { token: "admin.1" });
  strictEqual(answer.status, 200);
  const text = await answer.text();
  for (
    const line of [
      'wavekeep_http_request_duration_seconds_count{route="/eeg",status="2xx"} 1',
      'wavekeep_http_request_duration_seconds_count{route="/metrics",status="4xx"} 2',
      "wavekeep_log_waiting_seconds 0",
      "wavekeep_query_live_tails 0",
      "wavekeep_query_export_bytes 0",
    ]
  ) ok(text.includes(`\n${line}\n`), line);
  doesNotMatch(text, /wavekeep_scrub_/, "no scrub has run");
  const { segments } = query.store.recordings[0]!;
  for (const name of ["p1", "r1", segments[0]!.segmentId, "clinician"]) {
    strictEqual(text.includes(name), false, name);
  }
});
