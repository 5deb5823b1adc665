import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createLogger, serve } from "@wavekeep/core/service";
import { HttpFaults } from "./http_faults.ts";
import type { FaultKind, PlannedFault } from "./plan.ts";

/** A server that keeps what it hears and says it back; the faults that befall one request after the other. */
async function through(
  faults: readonly (Pick<PlannedFault, "kind"> & Partial<PlannedFault> | undefined)[],
  send: (url: string, index: number) => Promise<string>,
): Promise<{ heard: string[]; answers: string[]; counts: Record<string, number> }> {
  const heard: string[] = [];
  const app = {
    async fetch(request: Request): Promise<Response> {
      const body = await request.text();
      heard.push(body);
      return new Response(JSON.stringify({ receipt: { of: body } }));
    },
  };
  const logger = createLogger({ service: "test", write: () => {} });
  const serving = await serve(app, { port: 0, logger });
  let index = 0;
  await using network = new HttpFaults(serving.port, () => {
    const fault = faults[index++];
    return fault && { pauseMs: 0, where: 0, much: 0, ...fault };
  });
  try {
    const answers: string[] = [];
    for (let at = 0; at < faults.length; at++) answers.push(await send(network.url, at));
    return { heard, answers, counts: network.counts };
  } finally {
    await serving.close(100);
  }
}

async function post(url: string, body: string): Promise<string> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  try {
    const response = await fetch(url, { method: "POST", body, client });
    return `${response.status} ${await response.text()}`;
  } catch {
    return "no answer";
  }
}

const OK = '200 {"receipt":{"of":"chunk"}}';

Deno.test("HttpFaults passes requests on, drops them, loses answers, and doubles", async () => {
  const { heard, answers, counts } = await through([
    undefined,
    { kind: "drop", where: 0 },
    { kind: "drop", where: 0.9 },
    { kind: "duplicate", much: 0.2 },
    { kind: "delay", much: 0.1 },
    { kind: "reorder" },
  ], (url) => post(url, "chunk"));
  deepStrictEqual(answers, [OK, "no answer", "no answer", OK, OK, OK]);
  // One, none, one whose answer is lost, five copies, one, one.
  deepStrictEqual(heard, Array(9).fill("chunk"));
  deepStrictEqual(counts, { "drop": 2, "duplicate": 1, "delay": 1, "reorder": 1 });
});

Deno.test("HttpFaults turns over one bit of a request, or cuts it, and what is whole is all that arrives", async () => {
  const kinds: FaultKind[] = ["flip-bit", "truncate"];
  for (const kind of kinds) {
    const shares = Array.from({ length: 20 }, (_, index) => index / 20);
    const { heard, answers } = await through(
      shares.map((where) => ({ kind, where })),
      (url) => post(url, "chunk"),
    );
    strictEqual(answers.length, shares.length);
    if (kind === "truncate") deepStrictEqual(heard, []);
    else ok(heard.some((body) => body !== "chunk"), "some body was damaged");
  }
});
