import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { encodeTrends, type TrendsAnswer } from "@wavekeep/core/trend";
import { testTrends, testTrendStream } from "../testing/test_trends.ts";
import { createTrendClient, TrendError } from "./trend_client.ts";

const place = { patientId: "p 1", recordingId: "r1" };
const wish = { window: { start: 0, seconds: 200 }, end: 99.5, columns: 600.7 };
const { signal } = new AbortController();

/** A server that answers with each of these in turn, and what it was asked. */
function serverOf(answers: (() => Response)[]) {
  const asked: { url: string; tag: string | null }[] = [];
  const fetcher = ((input: string, init: RequestInit) => {
    asked.push({ url: input, tag: new Headers(init.headers).get("if-none-match") });
    return Promise.resolve(answers[asked.length - 1]!());
  }) as typeof fetch;
  return { asked, client: createTrendClient(place, fetcher) };
}

function whole(changes: Partial<TrendsAnswer>, etag?: string) {
  const answer = testTrends([testTrendStream([{}, {}])], changes);
  return () => new Response(encodeTrends(answer), { headers: etag === undefined ? {} : { etag } });
}

Deno.test("trends() asks once for what is whole, and never beyond the recording", async () => {
  const { asked, client } = serverOf([whole({}, '"a"')]);
  const first = await client.trends(wish, signal);
  const second = await client.trends(wish, signal);
  deepStrictEqual([first.isCached, second.isCached], [false, true]);
  strictEqual(second.value, first.value);
  deepStrictEqual(asked.map(({ url }) => url), [
    "/api/query/trends?patient_id=p+1&recording_id=r1&start=0&end=99.5&columns=600",
  ]);
});

Deno.test("trends() asks again for what is not whole, with its tag where it has one", async () => {
  const { asked, client } = serverOf([
    whole({ complete: false }),
    whole({ complete: false }, '"b"'),
    () => new Response(null, { status: 304 }),
  ]);
  await client.trends(wish, signal);
  const second = await client.trends(wish, signal);
  const third = await client.trends(wish, signal);
  deepStrictEqual(asked.map(({ tag }) => tag), [null, null, '"b"']);
  strictEqual(third.value, second.value);
});

Deno.test("trends() says what the server said", async () => {
  const { client } = serverOf([() => new Response("no", { status: 403 })]);
  await rejects(
    client.trends(wish, signal),
    (error) => error instanceof TrendError && error.status === 403,
  );
});
