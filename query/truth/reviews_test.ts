// Marks and reviews of several readers: through ingest and PostgreSQL, and told to everybody who looks.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  AnnotationList,
  CoverageEvent,
  ViewingLedger,
  ViewingsResponse,
} from "@wavekeep/core/wire";
import { inDatabase } from "../../core/testing/test_database.ts";
import { viewingOf } from "../../core/testing/access/targets.ts";
import { type Asking, type Pipeline, startPipeline } from "../testing/pipeline.ts";

const PATH = "/patients/p/recordings/r";
const CANARY = "canary-text-of-a-mark";
const ID = "d".repeat(32);

const detection = {
  "annotation_id": ID,
  kind: "seizure",
  source: "algorithm",
  anchor: { coordinate: "recording", onset: "1.5" },
  duration: "30",
  text: CANARY,
  term: "seizure-electrographic",
  detection: { method: "canary-method", version: "2.1", score: 0.87 },
};

Deno.test("a detection is reviewed, corrected and withdrawn, and every reader hears of it", async () => {
  const pipeline = await startPipeline("reviews");
  if (pipeline === undefined) return;
  let events: ReturnType<typeof revisionsOf> | undefined;
  try {
    const { post, get } = pipeline;
    const clinician = { role: "clinician" } as const;
    const opened = await post("/recordings", {
      "patient_id": "p",
      "recording_id": "r",
      "idempotency_key": "0".repeat(32),
      "started_at": null,
    });
    strictEqual(opened.status, 201);
    const stream = await get(`${PATH}/live`, clinician);
    events = revisionsOf(stream);
    strictEqual(await events.next(), 0);

    const stored = await post(`${PATH}/annotations`, { annotations: [detection] });
    strictEqual(stored.status, 201);
    strictEqual(await events.next(), 1);
    const review = {
      "review_id": "1".repeat(32),
      "annotation_id": ID,
      "annotation_version": 1,
      verdict: "rejected",
    };
    strictEqual((await post(`${PATH}/reviews`, { reviews: [review] }, clinician)).status, 201);
    strictEqual(await events.next(), 2);
    strictEqual((await post(`${PATH}/reviews`, { reviews: [review] }, clinician)).status, 200);
    strictEqual((await post(`${PATH}/reviews`, { reviews: [review] })).status, 403);
    const elsewhere = await post(`${PATH}/reviews`, { reviews: [review] }, {
      role: "clinician",
      site: "other",
    });
    strictEqual(elsewhere.status, 404);

    const list = async (query = "") =>
      AnnotationList.parse(await (await get(`${PATH}/annotations${query}`, clinician)).json());
    const reviewed = await list();
    const [mark] = reviewed.annotations;
    deepStrictEqual(
      [mark!.term, mark!.detection?.score, mark!.review?.verdict, mark!.author_role],
      ["seizure-electrographic", 0.87, "rejected", "device"],
    );

    const withdrawn = { ...detection, version: 2, source: "human", detection: null };
    const answer = await post(
      `${PATH}/annotations`,
      { annotations: [{ ...withdrawn, status: "withdrawn" }] },
      clinician,
    );
    strictEqual(answer.status, 201);
    strictEqual(await events.next(), 3);
    const [now] = (await list()).annotations;
    deepStrictEqual([now!.status, now!.review, now!.version], ["withdrawn", null, 2]);
    const [then] = (await list(`?as_of=${reviewed.as_of}`)).annotations;
    deepStrictEqual([then!.status, then!.review?.verdict, then!.version], [
      "active",
      "rejected",
      1,
    ]);

    await checkLedger(pipeline);

    const log = pipeline.log.join("\n");
    ok(!log.includes(CANARY) && !log.includes("canary-method"), "the log holds no text of a mark");
  } finally {
    // An event stream that is followed would keep query from closing.
    await events?.cancel();
    await pipeline.close();
  }
});

/** What readers had on screen: stored once whatever is sent twice, summed up, and told to auditors as well. */
async function checkLedger({ post, get, database }: Pipeline): Promise<void> {
  const path = `${PATH}/viewings`;
  const viewing = (id: number, agoMs: number, more: Record<string, unknown> = {}) => ({
    ...viewingOf(String(id).repeat(32)),
    "shown_at_ms": 10_000_000 - agoMs,
    ...more,
  });
  // The reader's clock is decades behind: what counts is how long ago.
  const send = async (viewings: unknown[], asking: Asking) => {
    const answer = await post(path, { "sent_at_ms": 10_000_000, viewings }, asking);
    const body = answer.status >= 300 ? undefined : ViewingsResponse.parse(await answer.json());
    return [answer.status, ...body?.results.map(({ status }) => status) ?? []];
  };
  const anna = { role: "clinician", subject: "anna" } as const;
  const bert = { role: "technologist", subject: "bert" } as const;
  const pages = [
    viewing(1, 7_300_000, { "live_lag_ms": 2_000 }),
    viewing(2, 90_000, {
      "start_ms": 500,
      "end_ms": 4_000,
      "shown_ms": 2_000,
      "live_lag_ms": 59_000,
    }),
    viewing(3, 60_000, { "start_ms": 7_000, "end_ms": 9_000 }),
  ];
  deepStrictEqual(await send(pages, anna), [201, 201, 201, 201]);
  const other = viewing(3, 61_000);
  deepStrictEqual(await send([pages[0], other, viewing(4, 5_000)], anna), [207, 200, 409, 201]);
  deepStrictEqual(await send([viewing(5, 0, { "live_lag_ms": 3_600_000 })], bert), [201, 201]);
  deepStrictEqual(await send([viewing(6, 0)], { role: "device" }), [403]);
  deepStrictEqual(await send([viewing(6, 0)], { role: "clinician", site: "other" }), [404]);
  deepStrictEqual(await send([viewing(6, 0, { "end_ms": 0 })], anna), [422]);
  // A clock that was set by decades or millennia in between: nobody knows when it was, and no row says so.
  for (const sent of [1_800_000_000_000, 1e14]) {
    const unknown = { "sent_at_ms": sent, viewings: [viewing(6, 0)] };
    const answer = await post(path, unknown, anna);
    strictEqual(answer.status, 207);
    const [result] = ViewingsResponse.parse(await answer.json()).results;
    strictEqual(result!.status, 422, JSON.stringify(result));
  }

  // What is restricted is nobody's to see; who saw it, an auditor's all the same.
  const restricted = { care: "restricted", reason: "a colleague" };
  ok((await post("/patients/p/consent", restricted, { role: "admin" })).ok);
  const asAuditor = async (query = "") =>
    ViewingLedger.parse(await (await get(path + query, { role: "auditor" })).json());
  const { readers, live, viewings, next } = await asAuditor();
  deepStrictEqual(
    readers.map((reader) => [reader.actor, reader.viewings, reader.live_viewings, reader.seconds]),
    [["bert", 1, 0, 1], ["anna", 4, 2, 6]],
  );
  deepStrictEqual(readers[1]!.stretches, [[0, 4], [7, 9]]);
  deepStrictEqual(viewings.map(({ viewing_id: id }) => id[0]), ["5", "4", "3", "2", "1"]);
  deepStrictEqual(viewings[3]!.display, viewingOf("").display);
  const [newest] = viewings;
  ok(Math.abs(Date.parse(newest!.shown_at) - Date.parse(newest!.received_at)) < 60_000);
  deepStrictEqual([live!.viewings, live!.longest_pause_seconds], [2, 7_208.5]);
  strictEqual(next, null);
  const first = await asAuditor("?limit=2");
  const second = await asAuditor(`?limit=3&after=${first.next}`);
  deepStrictEqual([...first.viewings, ...second.viewings], viewings);
  strictEqual((await get(path, { role: "researcher" })).status, 403);
  const never = `2026-02-30T00:00:00.000000Z_${"0".repeat(32)}`;
  strictEqual((await get(`${path}?after=${never}`, anna)).status, 422);
  ok(
    (await post("/patients/p/consent", { care: "allowed", reason: "over" }, { role: "admin" })).ok,
  );

  // One event a request that stored something, of the patient, with a leaf.
  const { rows } = await inDatabase(database.ownerUrl, (client) =>
    client.query(
      `select detail->>'count' as count, detail->'ms' as ms, patient_uuid is not null as "hasPatient",
        leaf_entry is not null and leaf_salt is not null as "hasLeaf"
      from wavekeep.event where kind = 'recording.viewed' order by event_id`,
    ));
  const common = { hasPatient: true, hasLeaf: true };
  deepStrictEqual(rows, [
    { count: "3", ms: [[0, 4_000], [7_000, 9_000]], ...common },
    { count: "1", ms: [[0, 1_000]], ...common },
    { count: "1", ms: [[0, 1_000]], ...common },
  ]);
}

/** Revisions of the marks as live events tell them, each once. */
function revisionsOf(response: Response) {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let last: number | undefined;
  return {
    next: async (): Promise<number> => {
      while (true) {
        const end = text.indexOf("\n\n");
        if (end === -1) {
          const { done, value } = await reader.read();
          if (done) throw new Error("no more events");
          text += value;
          continue;
        }
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        const { annotation_revision: revision } = CoverageEvent.parse(
          JSON.parse(/^data: (.*)$/m.exec(event)![1]!),
        );
        if (revision !== last) return last = revision;
      }
    },
    cancel: () => reader.cancel(),
  };
}
