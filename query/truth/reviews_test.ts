// Marks and reviews of several readers: through ingest and PostgreSQL, and told to everybody who looks.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AnnotationList, CoverageEvent } from "@wavekeep/core/wire";
import { startPipeline } from "../testing/pipeline.ts";

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

    const log = pipeline.log.join("\n");
    ok(!log.includes(CANARY) && !log.includes("canary-method"), "the log holds no text of a mark");
  } finally {
    // An event stream that is followed would keep query from closing.
    await events?.cancel();
    await pipeline.close();
  }
});

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
