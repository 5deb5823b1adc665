/**
 * Runs the conversation of `query_api_test.txt` against the application.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { memoryQuery } from "./testing/memory_query.ts";

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly status: number;
  readonly answerHeaders: Record<string, string>;
  readonly body: unknown;
}

const TOKENS: Readonly<Record<string, string>> = {
  "clinician": "clinician.1",
  "device": "device.1",
  "clinician at another site": "clinician.2",
};

/** Reads the conversation; blank lines and lines with # are for people. */
function parseConversation(text: string): Exchange[] {
  return text.split(/^> /m).slice(1).map((part) => {
    const lines = part.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const answer = lines.findIndex((line) => line.startsWith("< "));
    const [method = "", path = ""] = lines[0]!.split(" ");
    const rest = lines.slice(answer + 1);
    const bodyStart = rest.findIndex((line) => line.startsWith("{"));
    return {
      method,
      path,
      headers: headersOf(lines.slice(1, answer)),
      status: Number(lines[answer]!.slice(2)),
      answerHeaders: headersOf(rest.slice(0, bodyStart)),
      body: JSON.parse(rest.slice(bodyStart).join("\n")),
    };
  });
}

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(": ");
    return [line.slice(0, colon), line.slice(colon + 2)];
  }));
}

/** Every member that is expected must be there and equal; lists must have the same length. */
function checkContains(actual: unknown, expected: unknown, path: string): void {
  if (Array.isArray(expected)) {
    ok(Array.isArray(actual), path);
    strictEqual(actual.length, expected.length, `${path} has ${expected.length} entries`);
    expected.forEach((part, index) => checkContains(actual[index], part, `${path}/${index}`));
  } else if (typeof expected === "object" && expected !== null) {
    for (const [name, part] of Object.entries(expected)) {
      checkContains((actual as Record<string, unknown>)?.[name], part, `${path}/${name}`);
    }
  } else {
    deepStrictEqual(actual, expected, path);
  }
}

const conversation = parseConversation(
  await Deno.readTextFile(new URL("./query_api_test.txt", import.meta.url)),
);
const query = await memoryQuery({
  segments: [
    { streams: [{ sequences: [0, 2] }] },
    { start: "10", uncertainty: "1", streams: [{ sequences: [0, 1] }] },
  ],
  annotations: [{ onset: "2", duration: "10", kind: "seizure", text: "seizure" }],
});

for (const [index, exchange] of conversation.entries()) {
  Deno.test(`query conversation ${index + 1}: ${exchange.method} ${exchange.path}`, async () => {
    const { token, ...headers } = exchange.headers;
    const response = await query.app.request(exchange.path, {
      method: exchange.method,
      headers: {
        ...headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${TOKENS[token]}` }),
      },
    });
    const body = await response.json();
    strictEqual(response.status, exchange.status, JSON.stringify(body));
    for (const [name, value] of Object.entries(exchange.answerHeaders)) {
      strictEqual(response.headers.get(name), value, name);
    }
    checkContains(body, exchange.body, "");
  });
}
