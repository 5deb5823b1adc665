/**
 * Runs `ingest_api_test.txt`: one conversation, one application, in the order of the page.
 *
 * @module
 */

import { deepStrictEqual, fail, strictEqual } from "node:assert/strict";
import { concatBytes } from "@wavekeep/core/bytes";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { Fixture, fixtureSet } from "./testing/fixtures.ts";
import { startTestApp } from "./testing/test_app.ts";

interface Exchange {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly body: string;
  readonly status: number;
  readonly answer: unknown;
}

const ANY = "…";
const fixture = new Fixture();
const set = fixtureSet(1);

const page = await Deno.readTextFile(new URL("ingest_api_test.txt", import.meta.url));
const exchanges = page.split(/^== /m).slice(1).map(parseExchange);

function parseExchange(block: string): Exchange {
  const [head = "", request = "", answer = ""] = block.split("\n\n");
  const [line = "", ...body] = request.split("\n");
  const match = /^(\S+) (\S+)(?: as (\S+))?$/.exec(line);
  const [status = "", ...json] = answer.trim().split("\n");
  if (match === null) fail(`Cannot read exchange "${head}": ${line}`);
  return {
    title: head.trim(),
    method: match[1]!,
    path: match[2]!,
    token: match[3],
    body: body.join("\n").trim(),
    status: Number(status),
    answer: JSON.parse(json.join("\n")),
  };
}

/** `@chunk 0 @other 0 @across 0 @set`: bytes of the fixture; anything else is sent as it stands. */
function requestBody(text: string): string | Uint8Array<ArrayBuffer> {
  if (text === "@opening") return JSON.stringify(fixture.opening());
  if (text === "@opening of another segment") return JSON.stringify(new Fixture(8).opening());
  if (!text.startsWith("@")) return text;
  return concatBytes(
    ...[...text.matchAll(/@(chunk|other|across|set)(?: (\d+))?/g)].map(([, name, sequence]) => {
      if (name === "set") return set.record;
      const changes = { chunk: {}, other: { value: 999 }, across: { set: set.set } }[name!];
      return fixture.chunk(Number(sequence), changes);
    }),
  );
}

/** Puts "…" wherever the page has it, so that the rest can be compared whole. */
function masked(actual: unknown, expected: unknown): unknown {
  if (expected === ANY) return ANY;
  if (typeof expected === "string" && expected.startsWith(`${ANY}/`)) {
    const end = expected.slice(ANY.length);
    return typeof actual === "string" && actual.endsWith(end) ? expected : actual;
  }
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.map((value, index) => masked(value, expected[index]));
  }
  if (isRecord(actual) && isRecord(expected)) {
    return Object.fromEntries(
      Object.entries(actual).map(([name, value]) => [name, masked(value, expected[name])]),
    );
  }
  return actual;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const { app, log } = startTestApp();

for (const { title, method, path, token, body, status, answer } of exchanges) {
  Deno.test(`ingest conversation: ${title}`, async () => {
    const bytes = requestBody(body);
    const response = await app.request(path.replace("@digest", set.digest), {
      method,
      headers: {
        ...(token === undefined ? {} : { "authorization": `Bearer ${token}` }),
        "content-type": typeof bytes === "string" ? "application/json" : CHUNKS_MEDIA_TYPE,
      },
      ...(body === "" ? {} : { body: bytes }),
    });
    const json: unknown = await response.json();
    deepStrictEqual(masked(json, answer), answer);
    strictEqual(response.status, status);
    strictEqual(response.headers.get("referrer-policy"), "no-referrer");
    strictEqual(response.headers.get("cache-control"), "no-store");
  });
}

Deno.test("ingest conversation: no code, label or text of a patient reached the log", () => {
  const text = JSON.stringify(log);
  for (const secret of ["patient-7", "night-1", "T8-P8", "FP1-F7", "felt odd", "2076-11-06"]) {
    strictEqual(text.includes(secret), false, `log holds ${secret}`);
  }
});
