/**
 * Uploads over a real socket that end too early: whatever arrives, half a chunk is no chunk.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { serve } from "@wavekeep/core/service";
import { Fixture, OPEN_RECORDING, PATIENT, RECORDING } from "./testing/fixtures.ts";
import { send, startTestApp } from "./testing/test_app.ts";

/**
 * The adapter waits for the rest of a body that was cut off on timers that outlive the server's close, and
 * that count as leaks of whichever test runs by then (core/service/serve_test.ts): such tests come last.
 */
const OUTLIVED_BY_TIMERS = { sanitizeOps: false, sanitizeResources: false };

const fixture = new Fixture();
const whole = fixture.chunk(0);

function head(extra: string): Uint8Array {
  return new TextEncoder().encode(
    `PUT ${fixture.path(0)} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer device\r\n` +
      `content-type: application/vnd.wavekeep.chunks\r\n${extra}\r\n\r\n`,
  );
}

/** Sends bytes and hangs up, or waits for the answer. */
async function upload(
  port: number,
  parts: readonly Uint8Array[],
  end: "hang up" | "wait",
): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    for (const part of parts) {
      let offset = 0;
      while (offset < part.byteLength) offset += await connection.write(part.subarray(offset));
    }
    if (end === "hang up") return "";
    const buffer = new Uint8Array(4096);
    const count = await connection.read(buffer) ?? 0;
    return new TextDecoder().decode(buffer.subarray(0, count));
  } finally {
    connection.close();
  }
}

async function withServer(
  check: (port: number, started: ReturnType<typeof startTestApp>) => Promise<void>,
): Promise<void> {
  const started = startTestApp();
  await send(started.app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(started.app, "POST", `/patients/${PATIENT}/recordings/${RECORDING}/segments`, {
    body: fixture.opening(),
  });
  const serving = await serve(started.app, { port: 0, logger: started.deps.logger });
  try {
    await check(serving.port, started);
  } finally {
    await serving.close(500);
  }
}

Deno.test("two lengths that contradict each other are refused before the application", () =>
  withServer(async (port, { tables, log }) => {
    const before = log.length;
    for (
      const extra of [
        `content-length: ${whole.byteLength}\r\ncontent-length: 5`,
        `content-length: ${whole.byteLength}\r\ntransfer-encoding: chunked`,
        "content-length: -1",
      ]
    ) {
      const answer = await upload(port, [head(extra), whole], "wait");
      ok(answer.startsWith("HTTP/1.1 400"), answer.slice(0, 60));
    }
    strictEqual(tables.chunks.size, 0);
    deepStrictEqual(log.slice(before).filter(({ msg }) => msg === "request"), []);
  }));

Deno.test(
  "an upload that is cut off at any byte stores nothing",
  OUTLIVED_BY_TIMERS,
  () =>
    withServer(async (port, { tables, app }) => {
      for (let length = 0; length < whole.byteLength; length += 13) {
        const parts = [head(`content-length: ${whole.byteLength}`), whole.slice(0, length)];
        await upload(port, parts, "hang up");
      }
      // An answer over the same server: everything before has been dealt with.
      strictEqual(
        (await fetch(`http://127.0.0.1:${port}/livez`).then((r) => r.json())).status,
        "alive",
      );
      strictEqual(tables.chunks.size, 0);
      strictEqual((await send(app, "PUT", fixture.path(0), { body: whole })).status, 201);
    }),
);

Deno.test(
  "a chunked upload that ends in order but too early is refused",
  OUTLIVED_BY_TIMERS,
  () =>
    withServer(async (port, { tables }) => {
      const piece = whole.slice(0, 100);
      const encoder = new TextEncoder();
      const answer = await upload(port, [
        head("transfer-encoding: chunked"),
        encoder.encode(`${piece.byteLength.toString(16)}\r\n`),
        piece,
        encoder.encode("\r\n0\r\n\r\n"),
      ], "wait");
      ok(answer.startsWith("HTTP/1.1 400"), answer.slice(0, 60));
      ok(answer.includes("chunk-truncated"));
      strictEqual(tables.chunks.size, 0);
    }),
);
