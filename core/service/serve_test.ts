import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Hono } from "hono";
import { Problem } from "../problem/mod.ts";
import { bodyLimit } from "./body_limit.ts";
import { installEdge } from "./edge.ts";
import { incomingOf, readIncoming } from "./incoming_body.ts";
import { createLogger } from "./json_log.ts";
import { serve, type ServeLimits, type Serving } from "./serve.ts";

interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/**
 * For tests with a request that is answered, or gone, before its body was read to its end. After its close
 * the adapter waits for two timers and then, half a second long, for the rest of the body (`drainIncoming`
 * of `@hono/node-server`); a server that closes meanwhile ends none of them. They keep nothing alive, but
 * count as leaks of whichever test runs when the next of them begins. So these tests are the last ones here.
 */
const OUTLIVED_BY_TIMERS = { sanitizeOps: false, sanitizeResources: false };

/** Serves a small application, hands it to `check`, closes it, and returns the log. */
async function withServer(
  check: (serving: Serving) => Promise<void>,
  limits: Partial<ServeLimits> = {},
): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const logger = createLogger({
    service: "test",
    level: "debug",
    write: (line) => lines.push(JSON.parse(line)),
  });
  const app = new Hono();
  installEdge(app, { logger });
  app.use(bodyLimit(1000));
  app.post("/echo", async (c) => c.json({ byteLength: (await c.req.arrayBuffer()).byteLength }));
  app.get("/slow", async (c) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return c.text("done");
  });
  const serving = await serve(app, { port: 0, logger, limits });
  try {
    await check(serving);
  } finally {
    await serving.close(2_000);
  }
  return lines;
}

/** Sends raw bytes and returns all that comes back until the server closes. */
async function converse(port: number, text: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  return await new Response(connection.readable).text();
}

async function* endless(): AsyncGenerator<Uint8Array> {
  while (true) {
    yield new Uint8Array(300);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("serve() answers and names the request", async () => {
  await withServer(async ({ url }) => {
    const response = await fetch(`${url}/echo`, { method: "POST", body: new Uint8Array(10) });
    strictEqual(response.status, 200);
    ok(response.headers.get("x-request-id"));
    deepStrictEqual(await response.json(), { byteLength: 10 });
  });
});

Deno.test("serve() reads an undeclared body below the limit", async () => {
  await withServer(async ({ port }) => {
    const answer = await converse(
      port,
      "POST /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n" +
        "4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n",
    );
    ok(answer.includes(`{"byteLength":7}`), answer);
  });
});

Deno.test("serve() answers 400 to what is not HTTP", async () => {
  await withServer(async ({ port }) => {
    ok((await converse(port, "hello\r\n\r\n")).startsWith("HTTP/1.1 400"));
  });
});

Deno.test("serve() answers a problem to a request of a host that there cannot be", async () => {
  await withServer(async ({ port }) => {
    const answer = await converse(
      port,
      "GET /slow HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n",
    );
    ok(answer.startsWith("HTTP/1.1 400"), answer);
    ok(answer.includes("/malformed-request"), answer);
  });
});

Deno.test("serve() ends a stream whose client went away, and tells its source", async () => {
  const logger = createLogger({ service: "test", write: () => {} });
  const app = new Hono();
  const { promise: cancelled, resolve } = Promise.withResolvers<void>();
  const { promise: aborted, resolve: onAbort } = Promise.withResolvers<void>();
  app.get("/live", (c) => {
    c.req.raw.signal.addEventListener("abort", () => onAbort());
    let timer: ReturnType<typeof setInterval> | undefined;
    return new Response(
      new ReadableStream({
        start: (controller) => {
          timer = setInterval(() => controller.enqueue(new Uint8Array(100)), 5);
        },
        cancel: () => {
          clearInterval(timer);
          resolve();
        },
      }),
    );
  });
  const serving = await serve(app, { port: 0, logger });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: serving.port });
  await connection.write(new TextEncoder().encode("GET /live HTTP/1.1\r\nhost: a\r\n\r\n"));
  await connection.read(new Uint8Array(1000));
  connection.close();
  await Promise.all([cancelled, aborted]);
  await serving.close(1_000);
});

Deno.test("serve() cuts a stream that does not end when it closes", async () => {
  const logger = createLogger({ service: "test", write: () => {} });
  const app = new Hono();
  app.get("/live", () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })));
  const serving = await serve(app, { port: 0, logger });
  const answer = fetch(`${serving.url}/live`).then((response) => response.text());
  const outcome = answer.then(() => "ended", () => "cut");
  await new Promise((resolve) => setTimeout(resolve, 100));
  const startedAt = performance.now();
  await serving.close(200);
  ok(performance.now() - startedAt < 20_000);
  strictEqual(await outcome, "cut");
});

Deno.test("serve() lets a running request end when it closes", async () => {
  let answer: Promise<string> | undefined;
  await withServer(async ({ url }) => {
    answer = fetch(`${url}/slow`).then((response) => response.text());
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  strictEqual(await answer, "done");
});

Deno.test("serve() says which port is taken", async () => {
  await withServer(async ({ port }) => {
    const logger = createLogger({ service: "test", write: () => {} });
    const second = serve(new Hono(), { port, logger });
    const message = await second.then(() => "", (error: Error) => error.message);
    ok(message.startsWith(`Cannot listen on 127.0.0.1 port ${port}`), message);
  });
});

Deno.test("serve() refuses a declared length above the limit", OUTLIVED_BY_TIMERS, async () => {
  await withServer(async ({ url }) => {
    const response = await fetch(`${url}/echo`, { method: "POST", body: new Uint8Array(1001) });
    strictEqual(response.status, 413);
    strictEqual(Problem.parse(await response.json()).title.includes("larger"), true);
  });
});

Deno.test(
  "serve() answers 413 while an undeclared body is still streaming",
  OUTLIVED_BY_TIMERS,
  async () => {
    await withServer(async ({ port }) => {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      const send = (text: string) => connection.write(new TextEncoder().encode(text));
      await send("POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
      const answer = new Response(connection.readable).body!.getReader();
      let hasAnswer = false;
      const first = answer.read().then((part) => {
        hasAnswer = true;
        return new TextDecoder().decode(part.value);
      });
      try {
        for await (const part of endless()) {
          if (hasAnswer) break;
          await send(`${part.length.toString(16)}\r\n${"x".repeat(part.length)}\r\n`);
        }
      } catch {
        // the server may close while we write
      }
      ok((await first).startsWith("HTTP/1.1 413"), await first);
      await answer.cancel();
    });
  },
);

Deno.test("serve() answers 408 to a body that does not arrive", OUTLIVED_BY_TIMERS, async () => {
  const limits = { headersTimeoutMs: 200, requestTimeoutMs: 300, checkIntervalMs: 100 };
  await withServer(async ({ port }) => {
    const answer = await converse(
      port,
      "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc",
    );
    ok(answer.startsWith("HTTP/1.1 408"), answer);
  }, limits);
});

Deno.test("serve() answers 408 to a head that does not arrive", OUTLIVED_BY_TIMERS, async () => {
  const limits = { headersTimeoutMs: 200, requestTimeoutMs: 300, checkIntervalMs: 100 };
  await withServer(async ({ port }) => {
    const answer = await converse(port, "GET /echo HTTP/1.1\r\nhost: a\r\nx-slow: ");
    ok(answer.startsWith("HTTP/1.1 408"), answer);
  }, limits);
});

Deno.test(
  "serve() survives a client that hangs up in the middle of a body",
  OUTLIVED_BY_TIMERS,
  async () => {
    const lines = await withServer(async ({ port, url }) => {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(
        new TextEncoder().encode(
          "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 900\r\n\r\nabc",
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      connection.close();
      await new Promise((resolve) => setTimeout(resolve, 100));
      const response = await fetch(`${url}/echo`, { method: "POST", body: "still there" });
      strictEqual(response.status, 200);
      await response.body?.cancel();
    });
    strictEqual(lines.some(({ level }) => level === "error"), false, JSON.stringify(lines));
  },
);

Deno.test(
  "readIncoming() gives the declared bytes, in one part or many, and fails when they end early",
  OUTLIVED_BY_TIMERS,
  async () => {
    const bodies = [0, 1, 3_900, 65_536, 400_000].map((byteLength) =>
      Uint8Array.from({ length: byteLength }, (_, i) => i % 251)
    );
    const failures: string[] = [];
    const app = new Hono();
    app.post("/", async (c) => {
      const declared = Number(c.req.header("content-length"));
      // Whoever looks later finds a body that is there already.
      if (c.req.query("when") === "later") await new Promise((resolve) => setTimeout(resolve, 20));
      try {
        return c.body(await readIncoming(incomingOf(c.env)!, declared));
      } catch (error) {
        failures.push((error as Error).message);
        throw error;
      }
    });
    const cut = Promise.withResolvers<void>();
    app.onError((_, c) => (cut.resolve(), c.text("cut", 400)));
    const logger = createLogger({ service: "test", write: () => {} });
    const serving = await serve(app, { port: 0, logger });
    try {
      for (const when of ["now", "later"]) {
        for (const body of bodies) {
          const answer = await fetch(`${serving.url}/?when=${when}`, { method: "POST", body });
          deepStrictEqual(new Uint8Array(await answer.arrayBuffer()), body);
        }
      }
      // In parts, all of which are there when somebody looks.
      const slow = await Deno.connect({ hostname: "127.0.0.1", port: serving.port });
      const slowHead = "POST /?when=later HTTP/1.1\r\nhost: a\r\nconnection: close\r\n";
      for (const text of [`${slowHead}content-length: 9\r\n\r\n`, "abc", "def", "ghi"]) {
        await slow.write(new TextEncoder().encode(text));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      ok((await new Response(slow.readable).text()).endsWith("\r\n\r\nabcdefghi"));
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: serving.port });
      const head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc";
      await connection.write(new TextEncoder().encode(head));
      connection.close();
      await cut.promise;
      strictEqual(failures.length, 1);
    } finally {
      await serving.close(2_000);
    }
  },
);
