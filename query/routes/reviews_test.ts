import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AnnotationList, AnnotationVersions } from "@wavekeep/core/wire";
import { memoryQuery } from "../testing/memory_query.ts";

const PATH = "/patients/p1/recordings/r1/annotations";
const ID = "0".repeat(32);
const at = (second: number) => `2026-11-21T00:00:0${second}.000000Z`;

const detection = { method: "line-length", version: "2.1", score: 0.87 };
const recording = {
  segments: [{ streams: [{ sequences: [0] }] }],
  annotations: [
    { onset: "1", kind: "seizure", source: "algorithm", detection, receivedAt: at(0) },
    { onset: "2", kind: "note", term: "spike", receivedAt: at(0) },
    {
      mark: 0,
      version: 2,
      onset: "1.5",
      kind: "seizure",
      author: "ada",
      text: "moved",
      receivedAt: at(4),
    },
  ],
  reviews: [
    { mark: 0, verdict: "accepted" as const, author: "ada", receivedAt: at(1) },
    { mark: 0, verdict: "rejected" as const, author: "ben", receivedAt: at(2) },
    { mark: 0, verdict: null, author: "ben", receivedAt: at(3) },
    { mark: 0, version: 2, verdict: "accepted" as const, author: "ben", receivedAt: at(5) },
    { mark: 0, version: 2, verdict: "rejected" as const, author: "ada", receivedAt: at(6) },
  ],
};

async function list(query = ""): Promise<AnnotationList["annotations"]> {
  const { get } = await memoryQuery(recording);
  return AnnotationList.parse(await (await get(PATH + query)).json()).annotations;
}

Deno.test("GET annotations tells terms, detections, authors and what readers made of marks", async () => {
  const [moved, spike] = await list();
  deepStrictEqual([spike!.term, spike!.detection, spike!.review], ["spike", null, null]);
  deepStrictEqual([moved!.version, moved!.author, moved!.source], [2, "ada", "human"]);
  deepStrictEqual([moved!.review?.verdict, moved!.review?.disputed, moved!.review?.author], [
    "rejected",
    true,
    "ada",
  ]);
});

for (
  const [second, version, review] of [
    [0, 1, null],
    [1, 1, ["accepted", false, "ada"]],
    [2, 1, ["rejected", true, "ben"]],
    [3, 1, ["accepted", false, "ada"]],
    [4, 2, null],
    [5, 2, ["accepted", false, "ben"]],
  ] as const
) {
  Deno.test(`GET annotations as of second ${second} gives version ${version} with its review`, async () => {
    const [mark] = await list(`?as_of=${at(second)}`);
    strictEqual(mark!.version, version);
    deepStrictEqual(
      mark!.review && [mark!.review.verdict, mark!.review.disputed, mark!.review.author],
      review,
    );
    deepStrictEqual(mark!.detection, version === 1 ? detection : null);
  });
}

Deno.test("GET annotations as of a moment says that moment, and nothing of before the first", async () => {
  const { get } = await memoryQuery(recording);
  const then = AnnotationList.parse(await (await get(`${PATH}?as_of=${at(0)}`)).json());
  strictEqual(then.as_of, at(0));
  const before = await (await get(`${PATH}?as_of=2026-11-20T23:59:59Z`)).json();
  deepStrictEqual(before.annotations, []);
  for (
    const moment of ["yesterday", "0000-01-01T00:00:00Z", `2026-11-21T00:00:00.${"0".repeat(99)}Z`]
  ) {
    strictEqual((await get(`${PATH}?as_of=${moment}`)).status, 422, moment);
    strictEqual((await get(`${PATH}?changed_since=${moment}`)).status, 422, moment);
  }
});

Deno.test("GET annotations changed since a moment looks a minute back, for what was committed late", async () => {
  deepStrictEqual((await list(`?changed_since=2026-11-21T00:01:00Z`)).length, 2);
  // Only the first mark has anything from second 1 on.
  deepStrictEqual((await list(`?changed_since=2026-11-21T00:01:01Z`)).map((m) => m.version), [2]);
  deepStrictEqual(await list(`?changed_since=2026-11-21T00:01:07Z`), []);
});

Deno.test("GET a mark's versions tells who said what, when, and what readers made of each", async () => {
  const { get, audit } = await memoryQuery(recording);
  const body = AnnotationVersions.parse(await (await get(`${PATH}/${ID}/versions`)).json());
  deepStrictEqual(
    body.versions.map((each) => [each.version, each.author, each.onset_seconds, each.received_at]),
    [[1, "clinician-1", "1", at(0)], [2, "ada", "1.5", at(4)]],
  );
  deepStrictEqual(body.versions[0]!.review?.verdict, "accepted");
  deepStrictEqual(
    body.reviews.map((each) => [each.annotation_version, each.verdict, each.author]),
    [
      [1, "accepted", "ada"],
      [1, "rejected", "ben"],
      [1, null, "ben"],
      [2, "accepted", "ben"],
      [2, "rejected", "ada"],
    ],
  );
  strictEqual(audit.accesses.length, 1);
});

Deno.test("GET a mark's versions of a mark that is not there is 404, and no access", async () => {
  const { get, audit } = await memoryQuery(recording);
  strictEqual((await get(`${PATH}/${"f".repeat(32)}/versions`)).status, 404);
  strictEqual((await get(`${PATH}/nonsense/versions`)).status, 422);
  strictEqual((await get(`${PATH}/${ID}/versions`, { token: "device.1" })).status, 403);
  strictEqual(audit.accesses.length, 0);
});

Deno.test("GET annotations never gives a review that was sealed for another place", async () => {
  const query = await memoryQuery(recording);
  const { reviews } = query.store.recordings[0]!;
  reviews[0] = { ...reviews[0]!, bodySealed: reviews[1]!.bodySealed };
  const response = await query.get(PATH);
  strictEqual(response.status, 500);
  ok(query.log.some((line) => line.includes("stored annotation review")));
  ok(!query.log.some((line) => line.includes("rejected") || line.includes("ada")));
});
