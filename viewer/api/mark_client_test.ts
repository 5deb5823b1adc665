import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { createMarkClient, markExports, MarkTransportError } from "./mark_client.ts";

const mark = {
  "annotation_id": "a".repeat(32),
  version: 1,
  kind: "note",
  source: "human",
  anchor: { coordinate: "recording", onset: "1" },
  duration: null,
  text: "",
  channels: [],
  status: "active",
  term: null,
  detection: null,
} as const;

/** A client whose requests get these answers, and what it asked. */
function clientWith(...answers: readonly (Response | Error)[]) {
  const asked: { method: string; url: string; body: unknown }[] = [];
  const pending = [...answers];
  const client = createMarkClient("p.1", "r_1", (input, init) => {
    const body = init?.body === undefined ? undefined : JSON.parse(String(init.body));
    asked.push({ method: init?.method ?? "GET", url: String(input), body });
    const answer = pending.shift()!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { client, asked };
}

const results = (result: Record<string, unknown>, status = 207) =>
  Response.json({ results: [result] }, { status });
const problem = (slug: string, detail: string) => ({
  type: `https://wavekeep.example/problems/${slug}`,
  title: "…",
  detail,
});

Deno.test("saveMark() sends one mark through the proxy of ingest", async () => {
  const { client, asked } = clientWith(
    results({ status: 201 }, 201),
    results({ status: 200 }, 200),
  );
  strictEqual(await client.saveMark({ ...mark, channels: [] }), "saved");
  strictEqual(await client.saveMark({ ...mark, channels: [] }), "saved");
  deepStrictEqual(asked[0], {
    method: "POST",
    url: "/api/ingest/patients/p.1/recordings/r_1/annotations",
    body: { annotations: [mark] },
  });
});

Deno.test("saveMark() tells a conflict from what is refused", async () => {
  const { client } = clientWith(
    results({ status: 409, problem: problem("annotation-conflict", "stored") }),
    results({ status: 422, problem: problem("validation", "Segment has no stream 9") }),
    Response.json(problem("forbidden", "Not yours"), { status: 403 }),
  );
  deepStrictEqual(await client.saveMark({ ...mark, channels: [] }), { kind: "conflict" });
  deepStrictEqual(await client.saveMark({ ...mark, channels: [] }), {
    kind: "refused",
    reason: "Segment has no stream 9",
  });
  deepStrictEqual(await client.saveMark({ ...mark, channels: [] }), {
    kind: "refused",
    reason: "Not yours",
  });
});

for (
  const [name, answer] of [
    ["nobody answers", new TypeError("network")],
    ["the store is away", new Response(null, { status: 503 })],
    ["too many ask", new Response(null, { status: 429 })],
    ["one part of the answer says so", results({ status: 503, problem: problem("x", "y") })],
    ["the answer breaks off", new Response('{"results":', { status: 201 })],
    ["the session is over", new Response(null, { status: 401 })],
  ] as const
) {
  Deno.test(`saveMark() throws, so that it is sent again, when ${name}`, async () => {
    const { client } = clientWith(answer);
    await rejects(client.saveMark({ ...mark, channels: [] }), (error) => {
      strictEqual((error as MarkTransportError).isSignedOut, name === "the session is over");
      return error instanceof MarkTransportError;
    });
  });
}

Deno.test("reads go to query, with moments as parameters", async () => {
  const list = () => Response.json({ annotations: [], "as_of": "2026-11-21T00:00:00Z" });
  const { client, asked } = clientWith(list(), list(), new Response(null, { status: 404 }));
  await client.list({ asOf: "2026-11-21T00:00:00Z" });
  await client.changes("2026-11-20T00:00:00Z");
  strictEqual(await client.versions("b".repeat(32)), undefined);
  const base = "/api/query/patients/p.1/recordings/r_1/annotations";
  deepStrictEqual(asked.map(({ url }) => url), [
    `${base}?as_of=2026-11-21T00%3A00%3A00Z`,
    `${base}?changed_since=2026-11-20T00%3A00%3A00Z`,
    `${base}/${"b".repeat(32)}/versions`,
  ]);
});

Deno.test("markExports() are paths of our own origin", () => {
  strictEqual(markExports("p", "r").csv, "/api/query/patients/p/recordings/r/marks.csv");
});
