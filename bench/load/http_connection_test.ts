import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import type { Socket } from "node:net";
import { asciiBytes } from "@wavekeep/core/bytes";
import { exchange, HttpConnection, oneClient, requestHead } from "./http_connection.ts";
import { type Act, answer, testingServer } from "./testing_server.ts";

const REQUEST = asciiBytes("GET / HTTP/1.1\r\n\r\n");

/** A server that does with each request what the list says, and a connection to it. */
async function withServer(
  acts: readonly Act[],
  test: (connection: HttpConnection) => Promise<void>,
  timeoutMs = 5_000,
): Promise<void> {
  await using server = await testingServer((index) => acts[index]!);
  const connection = new HttpConnection({ host: "127.0.0.1", port: server.port, timeoutMs });
  try {
    await test(connection);
    strictEqual(server.requestCount, acts.length);
  } finally {
    connection.close();
  }
}

Deno.test("HttpConnection keeps its connection from answer to answer", async () => {
  await withServer([answer("one"), answer("three")], async (connection) => {
    for (const text of ["one", "three"]) {
      const { outcome, body } = await exchange(connection, REQUEST);
      deepStrictEqual(outcome, { status: 200, bodyByteLength: text.length });
      strictEqual(new TextDecoder().decode(body), text);
    }
  });
});

Deno.test("HttpConnection sends again when a kept connection was closed meanwhile", async () => {
  const acts = [answer("one"), (socket: Socket) => void socket.destroy(), answer("two")];
  await withServer(acts, async (connection) => {
    await exchange(connection, REQUEST);
    deepStrictEqual((await exchange(connection, REQUEST)).outcome, {
      status: 200,
      bodyByteLength: 3,
    });
  });
});

Deno.test("HttpConnection connects anew after an answer that closes", async () => {
  await withServer([answer("one", "connection: close\r\n"), answer("two")], async (connection) => {
    for (let i = 0; i < 2; i++) {
      const { outcome } = await exchange(connection, REQUEST);
      ok("status" in outcome);
    }
  });
});

Deno.test("HttpConnection tells what became of a request without an answer", async () => {
  const cut = (socket: Socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    setTimeout(() => socket.destroy(), 20);
  };
  const acts = [(socket: Socket) => void socket.destroy(), cut, answer("more")];
  await withServer(acts, async (connection) => {
    for (let i = 0; i < 2; i++) {
      const { outcome } = await exchange(connection, REQUEST);
      strictEqual("error" in outcome && outcome.error, "connection");
    }
    strictEqual("status" in (await exchange(connection, REQUEST)).outcome, true);
  });
  await withServer([(socket) => void socket.write("nonsense\r\n\r\n")], async (connection) => {
    const { outcome } = await exchange(connection, REQUEST);
    strictEqual("error" in outcome && outcome.error, "protocol");
  });
});

Deno.test("HttpConnection gives up an answer that takes too long", async () => {
  await withServer([() => {}], async (connection) => {
    const answered = exchange(connection, REQUEST);
    throws(() => connection.send(REQUEST, () => {}), /still to come/);
    await new Promise((resolve) => setTimeout(resolve, 30));
    connection.checkTimeout(performance.now());
    const { outcome } = await answered;
    strictEqual("error" in outcome && outcome.error, "timeout");
  }, 10);
});

Deno.test("oneClient() sends one request after the other, and says what was wrong", async () => {
  const received: string[] = [];
  await using server = await testingServer((index) => (socket, request) => {
    received.push(request);
    if (index < 2) answer(`answer ${index + 1}`)(socket, request);
    else socket.destroy();
  });
  {
    using client = oneClient(server.url);
    const headers = { "X": "1" };
    const { status, body } = await client.request({ method: "GET", path: "/a?b=c", headers });
    deepStrictEqual([status, new TextDecoder().decode(body)], [200, "answer 1"]);
    await client.request({ method: "POST", path: "/d", headers, body: asciiBytes("hello") });
    await rejects(client.request({ method: "GET", path: "/e", headers }), /GET \/e: connection/);
  }
  ok(received[0]!.startsWith("GET /a?b=c HTTP/1.1\r\n"));
  ok(received[1]!.endsWith("X: 1\r\nContent-Length: 5\r\n\r\nhello"));
});

Deno.test("requestHead() is a head", () => {
  strictEqual(
    requestHead("PUT", new URL("http://h:1/a?b=c"), { X: "1" }),
    "PUT /a?b=c HTTP/1.1\r\nHost: h:1\r\nX: 1\r\n\r\n",
  );
});
