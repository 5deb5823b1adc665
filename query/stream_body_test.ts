import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { byteBody, startedEarly, textBody } from "./stream_body.ts";

async function* pieces(count: number, log: number[] = [], failAt = Infinity) {
  try {
    for (let i = 0; i < count; i++) {
      if (i === failAt) throw new Error(`piece ${i}`);
      log.push(i);
      yield await Promise.resolve(new Uint8Array(40_000).fill(i));
    }
  } finally {
    log.push(-1);
  }
}

Deno.test("textBody() gives all text, in order, across pieces of any size", async () => {
  const texts = ["", "ä", "x".repeat(100_000), "", "end"];
  strictEqual(await new Response(textBody(texts)).text(), texts.join(""));
  strictEqual(await new Response(textBody([])).text(), "");
});

Deno.test("byteBody() gives all bytes, in order", async () => {
  const body = byteBody(pieces(5), () => {});
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  deepStrictEqual([bytes.length, bytes[0], bytes[199_999]], [200_000, 0, 4]);
});

Deno.test("byteBody() makes no more than the client takes", async () => {
  const log: number[] = [];
  const reader = byteBody(pieces(1000, log), () => {}).getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 5));
  strictEqual(log.length <= 4, true, `${log.length} pieces were made`);
  await reader.cancel();
  strictEqual(log.at(-1), -1, "the source was closed");
});

Deno.test("byteBody() ends in an error when its source does, and tells", async () => {
  const told: unknown[] = [];
  const body = byteBody(pieces(5, [], 3), (error) => told.push(error));
  await rejects(new Response(body).arrayBuffer());
  strictEqual((told[0] as Error).message, "piece 3");
});

Deno.test("startedEarly() fails before anything is answered, and loses no piece otherwise", async () => {
  await rejects(startedEarly(pieces(5, [], 0)), /piece 0/);
  const all = byteBody(await startedEarly(pieces(3)), () => {});
  strictEqual((await new Response(all).arrayBuffer()).byteLength, 120_000);
  const none = byteBody(await startedEarly(pieces(0)), () => {});
  strictEqual((await new Response(none).arrayBuffer()).byteLength, 0);
});
