import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { toProblem } from "../problem/mod.ts";
import { httpUpstream } from "./upstream.ts";

Deno.test("httpUpstream() follows no redirect: nothing of a device goes where somebody else says", async () => {
  const asked: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      return pathname === "/elsewhere"
        ? Response.json({})
        : new Response(null, { status: 307, headers: { location: "/elsewhere" } });
    },
  );
  const upstream = httpUpstream({
    url: `http://127.0.0.1:${server.addr.port}`,
    token: () => Promise.resolve("token"),
  });
  strictEqual(await upstream.isReady(), false);
  strictEqual(await upstream.state(new Uint8Array(16)), undefined);
  deepStrictEqual(asked, ["/readyz", `/segments/${"00".repeat(16)}/state`]);
});

Deno.test("httpUpstream() looks at this clock once: one that is set meanwhile makes no look of two clocks", async () => {
  // Set back by an hour between question and answer, it gave a look that was half an hour wrong and exact to a
  // microsecond; set right out of 1970, a time at ingest in 2054, by which every token had ended.
  for (const after of [Date.UTC(2026, 10, 22, 9), Date.UTC(2082, 0)]) {
    const times = [Date.UTC(2026, 10, 22, 10), after];
    const upstream = httpUpstream({
      url: "http://ingest",
      token: () => Promise.resolve("relay"),
      now: () => times.shift()!,
      fetch: () =>
        Promise.resolve(Response.json({
          "segment_id": "07".repeat(16),
          "segment_digest": "07".repeat(32),
          clock: "disciplined",
          incarnation: 1,
          "as_of": "2026-11-22T10:00:00Z",
          streams: [],
          "signature_policy": "none",
          "key_id": null,
        })),
    });
    const { askedAtMs, answeredAtMs } = (await upstream.state(new Uint8Array(16).fill(7)))!;
    strictEqual(askedAtMs, Date.UTC(2026, 10, 22, 10));
    ok(askedAtMs <= answeredAtMs && answeredAtMs < askedAtMs + 3_600_000);
  }
});

Deno.test("httpUpstream() takes a sign-in page for no answer, where a held request counted as stored by it", async () => {
  const page = () =>
    new Response("<html>Welcome to our hotel</html>", { headers: { "content-type": "text/html" } });
  const answers = new Map<string, () => Response>();
  const upstream = httpUpstream({
    url: "http://ingest",
    token: () => Promise.resolve("relay"),
    fetch: (input) => Promise.resolve((answers.get(new URL(input as string).pathname) ?? page)()),
  });
  const path = "/patients/p/recordings/r/annotations";
  const batch = {
    sender: { siteId: 1, subject: "amp-1", keyId: null },
    entries: [{
      entryNo: 1,
      recordingNo: 1,
      request: { method: "POST", path, mediaType: "application/json", body: new Uint8Array(2) },
    }],
  };
  strictEqual(await upstream.isReady(), false);
  strictEqual((await upstream.send(batch, [])).kind, "away");
  answers.set("/readyz", () => Response.json({ status: "ready" }));
  answers.set(path, () => Response.json({ results: [] }, { status: 201 }));
  strictEqual(await upstream.isReady(), true);
  strictEqual((await upstream.send(batch, [])).kind, "answered");
  // Four marks of five were stored, and nobody heard of the fifth.
  const mark = (status: number) => ({ "annotation_id": "ab".repeat(16), version: 1, status });
  const problem = toProblem("annotation-conflict", {});
  const results = [mark(201), { ...mark(409), problem }];
  answers.set(path, () => Response.json({ results }, { status: 207 }));
  deepStrictEqual(await upstream.send(batch, []), {
    kind: "refused",
    status: 409,
    slug: "annotation-conflict",
    problem,
  });
});
