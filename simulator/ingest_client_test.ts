// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { PROBLEM_MEDIA_TYPE, type ProblemSlug, toProblem } from "@wavekeep/core/problem";
import { contentDigest, createIngestClient, RefusedError } from "./ingest_client.ts";
import { GaveUpError, type RetryDeps } from "./retry.ts";

const STATE = {
  segment_id: "00".repeat(16),
  segment_digest: "00".repeat(32),
  signature_policy: "none",
  key_id: null,
  incarnation: 1,
  as_of: "2026-11-21T00:00:00Z",
  streams: [],
  clock: "disciplined",
};

/** A clock that moves by sleeping only. */
function manualDeps(): RetryDeps & { waits: number[] } {
  let now = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    random: () => 0.5,
    sleep: (ms) => {
      waits.push(ms);
      now += Math.max(1, ms);
      return Promise.resolve();
    },
  };
}

function problem(slug: ProblemSlug, headers: Record<string, string> = {}): Response {
  const document = toProblem(slug, { detail: "as told" });
  return new Response(JSON.stringify(document), {
    status: document.status,
    headers: { "content-type": PROBLEM_MEDIA_TYPE, ...headers },
  });
}

/** A client whose server answers from a list; the last answer repeats. */
function clientOf(answers: (() => Response)[]) {
  const requests: Request[] = [];
  const deps = manualDeps();
  let tokens = 0;
  const client = createIngestClient({
    url: "http://127.0.0.1:1/",
    token: () => Promise.resolve(`token-${++tokens}`),
    retryDeps: deps,
    fetch: (input, init) => {
      requests.push(new Request(input as string, init));
      return Promise.resolve(answers[Math.min(requests.length, answers.length) - 1]!());
    },
  });
  return { client, requests, deps };
}

Deno.test("createIngestClient() asks with a bearer token and reads the answer by its schema", async () => {
  const { client, requests } = clientOf([() => Response.json(STATE)]);
  strictEqual((await client.segmentState("00".repeat(16))).clock, "disciplined");
  strictEqual(requests[0]!.headers.get("authorization"), "Bearer token-1");
  match(requests[0]!.url, /^http:\/\/127\.0\.0\.1:1\/segments\/0+\/state$/);
});

Deno.test("createIngestClient() sends chunks under their digest and counts the outcomes", async () => {
  const results = [{ status: 201 }, { status: 200 }];
  const { client, requests } = clientOf([() => Response.json({ results }, { status: 207 })]);
  const bytes = Uint8Array.of(1, 2, 3);
  deepStrictEqual(await client.sendChunks(bytes, 2), results);
  strictEqual(requests[0]!.headers.get("content-digest"), contentDigest(bytes));
  await rejects(client.sendChunks(bytes, 3), /sent 3, 2 were answered/);
});

Deno.test("createIngestClient() waits as Retry-After says and goes on", async () => {
  const { client, requests, deps } = clientOf([
    () => problem("store-unavailable", { "retry-after": "4" }),
    () => problem("too-many-requests", { "retry-after": "2" }),
    () => Response.json(STATE),
  ]);
  await client.segmentState("00".repeat(16));
  strictEqual(requests.length, 3);
  deepStrictEqual(deps.waits, [4000, 2000]);
});

Deno.test("createIngestClient() refuses at once what will not pass, by the problem's type", async () => {
  const { client, requests } = clientOf([() => problem("segment-conflict")]);
  await rejects(
    client.segmentState("00".repeat(16)),
    (error: Error) =>
      error instanceof RefusedError && error.slug === "segment-conflict" && error.status === 409 &&
      /A different segment is stored under this id \(409\); as told/.test(error.message),
  );
  strictEqual(requests.length, 1);
});

Deno.test("createIngestClient() asks for a new token once when the old one is not valid", async () => {
  const { client, requests } = clientOf([
    () => problem("unauthenticated"),
    () => Response.json(STATE),
  ]);
  await client.segmentState("00".repeat(16));
  strictEqual(requests[1]!.headers.get("authorization"), "Bearer token-2");
  const refused = clientOf([() => problem("unauthenticated")]);
  await rejects(refused.client.segmentState("00".repeat(16)), RefusedError);
  strictEqual(refused.requests.length, 2);
});

Deno.test("createIngestClient() gives a server nobody answers at 15 s, and says why", async () => {
  const { client, deps } = clientOf([() => {
    throw new TypeError("fetch failed", { cause: new Error("connection refused") });
  }]);
  await rejects(
    client.segmentState("00".repeat(16)),
    (error: Error) => error instanceof GaveUpError && /connection refused/.test(error.message),
  );
  strictEqual(deps.now() > 15_000 && deps.now() < 40_000, true);
});

Deno.test("createIngestClient() does not believe an answer that is not of the protocol", async () => {
  const { client } = clientOf([() => Response.json({ segment_id: 7 })]);
  await rejects(client.segmentState("00".repeat(16)), /does not fit the protocol/);
});

Deno.test("createIngestClient() sends again what was damaged on the way, and was refused for good once", async () => {
  const { client, requests } = clientOf([
    () => problem("content-digest-mismatch"),
    () => Response.json({ results: [{ status: 201 }] }),
  ]);
  deepStrictEqual(await client.sendChunks(Uint8Array.of(1), 1), [{ status: 201 }]);
  strictEqual(requests.length, 2);
  const never = clientOf([() => problem("content-digest-mismatch")]);
  await rejects(never.client.sendChunks(Uint8Array.of(1), 1), GaveUpError);
});

Deno.test("createIngestClient() takes what others on the way answer for no answer, where a sign-in page ended a recording", async () => {
  for (const status of [200, 403, 404, 511]) {
    const page = () => new Response("<!doctype html><title>Welcome</title>", { status });
    const { client, requests } = clientOf([page, page, () => Response.json(STATE)]);
    strictEqual((await client.segmentState("00".repeat(16))).clock, "disciplined");
    strictEqual(requests.length, 3);
    await rejects(
      clientOf([page]).client.segmentState("00".repeat(16)),
      (error: Error) => error instanceof GaveUpError && /not of the protocol/.test(error.message),
    );
  }
});
