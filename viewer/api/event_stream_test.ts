import { deepStrictEqual } from "node:assert/strict";
import { readEvents } from "./event_stream.ts";

async function events(...parts: string[]) {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });
  return await Array.fromAsync(readEvents(stream));
}

Deno.test("readEvents() reads events that arrive in pieces", async () => {
  deepStrictEqual(await events("event: cove", 'rage\ndata: {"a"', ":1}\n\n"), [
    { event: "coverage", data: '{"a":1}' },
  ]);
});

Deno.test("readEvents() skips comments and an event without an end", async () => {
  deepStrictEqual(await events(": hello\n\ndata: 1\n\ndata: 2\n"), [
    { event: "message", data: "1" },
  ]);
});

Deno.test("readEvents() joins data lines and takes both line ends", async () => {
  deepStrictEqual(await events("data: a\r\ndata: b\r\n\r\n"), [{ event: "message", data: "a\nb" }]);
});
