// Whatever arrives on a socket is one request, or none: two readings of the same bytes are how a request hides
// in another's body. And whoever drags it out, in whatever shape, is gone in the time that there is for it.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Hono } from "hono";
import { bodyLimit } from "./body_limit.ts";
import { createLogger } from "./json_log.ts";
import { serve, type ServeLimits, type Serving } from "./serve.ts";

/** Timers of `node:http` outlive the server that made them. */
const OUTLIVED_BY_TIMERS = { sanitizeOps: false, sanitizeResources: false };

interface Stage {
  readonly serving: Serving;
  /** Method, path and body of everything that became a request. */
  readonly seen: string[];
  /** Resolves when the answer without an end was given up. */
  readonly givenUp: Promise<void>;
}

async function onStage(
  body: (stage: Stage) => Promise<void>,
  limits: Partial<ServeLimits> = {},
): Promise<void> {
  const seen: string[] = [];
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<void>();
  const app = new Hono();
  app.use(bodyLimit(1_000));
  app.get("/endless", () => {
    const part = new Uint8Array(65_536);
    return new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(part), cancel: giveUp }),
    );
  });
  app.all("*", async (c) => {
    const text = await c.req.text();
    seen.push(`${c.req.method} ${new URL(c.req.url).pathname} ${text}`);
    return c.text("ok");
  });
  const logger = createLogger({ service: "test", write: () => {} });
  const serving = await serve(app, { port: 0, logger, limits });
  try {
    await body({ serving, seen, givenUp });
  } finally {
    await serving.close(50);
  }
}

/** Sends bytes and reads until the other end closes. */
async function converse({ port }: Serving, text: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const writing = (async () => {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  })().catch(() => {});
  let answer = "";
  const part = new Uint8Array(65_536);
  try {
    for (let count; (count = await connection.read(part)) !== null;) {
      answer += new TextDecoder().decode(part.subarray(0, count));
    }
  } catch {
    // Reset: what was read before counts.
  }
  await writing;
  connection.close();
  return answer;
}

const HOST = "host: a\r\nconnection: close\r\n";
const NEXT = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;
const post = (headers: string, body: string) => `POST /1 HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;
const chunked = (body: string) => post("transfer-encoding: chunked\r\n", body);
const get = (headers: string, path = "/1") => `GET ${path} HTTP/1.1\r\n${headers}\r\n`;

/** What is sent, and what of it becomes a request; nothing means 400 and a closed connection. */
const CASES: readonly [name: string, text: string, ...seen: string[]][] = [
  [
    "length and chunks",
    post("content-length: 6\r\ntransfer-encoding: chunked\r\n", `0\r\n\r\n${NEXT}`),
  ],
  [
    "chunks and length",
    post("transfer-encoding: chunked\r\ncontent-length: 4\r\n", `5c\r\n${NEXT}\r\n0\r\n\r\n`),
  ],
  ["two lengths", post("content-length: 4\r\ncontent-length: 40\r\n", `abcd${NEXT}`)],
  ["the same length twice", post("content-length: 4\r\ncontent-length: 4\r\n", `abcd${NEXT}`)],
  ["a list of lengths", post("content-length: 4, 4\r\n", "abcd")],
  ["a length with a sign", post("content-length: +4\r\n", "abcd")],
  ["a length below nothing", post("content-length: -4\r\n", "abcd")],
  ["a length in base 16", post("content-length: 0x4\r\n", "abcd")],
  ["a length beyond all", post("content-length: 99999999999999999999999\r\n", "abcd")],
  ["another coding", post("transfer-encoding: xchunked\r\n", "0\r\n\r\n")],
  ["chunks that are no last coding", post("transfer-encoding: chunked, identity\r\n", "0\r\n\r\n")],
  [
    "chunks of something compressed",
    post("transfer-encoding: gzip, chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
  ],
  [
    "two codings",
    post("transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n", "0\r\n\r\n"),
  ],
  [
    "two codings that agree",
    post("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n"),
  ],
  ["a coding behind a space", post("transfer-encoding : chunked\r\n", "0\r\n\r\n")],
  ["a coding behind a tabulator", post("transfer-encoding:\x0bchunked\r\n", "0\r\n\r\n")],
  [
    "a coding on a folded line",
    post("transfer-encoding:\r\n chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
  ],
  ["chunks in HTTP/1.0", chunked(`0\r\n\r\n${NEXT}`).replace("HTTP/1.1", "HTTP/1.0")],
  ["a chunk's size in another spelling", chunked("0x3\r\nabc\r\n0\r\n\r\n")],
  ["a chunk's size below nothing", chunked("-3\r\nabc\r\n0\r\n\r\n")],
  ["a chunk's size beyond all", chunked("fffffffffffffffff3\r\nabc\r\n0\r\n\r\n")],
  ["a chunk's size before a space", chunked("3 \r\nabc\r\n0\r\n\r\n")],
  ["a chunk's extension that ends early", chunked("3;a\nabc\r\n0\r\n\r\n")],
  ["chunks with bare line feeds", chunked("3\nabc\n0\n\n")],
  ["a chunk that ends elsewhere", chunked("3\r\nabcXX0\r\n\r\n")],
  ["a header on a folded line", get(`${HOST}x-a: b\r\n c\r\n`)],
  ["two hosts", get("connection: close\r\nhost: a\r\nhost: b\r\n")],
  ["no host", get("connection: close\r\n")],
  ["two credentials", get(`${HOST}authorization: Bearer a\r\nauthorization: Bearer b\r\n`)],
  ["two media types", post("content-type: a/b\r\ncontent-type: c/d\r\ncontent-length: 1\r\n", "a")],
  ["two digests", post("content-digest: a\r\ncontent-digest: b\r\ncontent-length: 1\r\n", "a")],
  ["a header with a NUL", get(`${HOST}x-a: b\0c\r\n`)],
  ["a header without a colon", get(`${HOST}garbage\r\n`)],
  ["a header's name with a space", get(`${HOST}x a: b\r\n`)],
  ["bare line feeds", `GET /1 HTTP/1.1\nhost: a\n\n`],
  ["bare carriage returns", `GET /1 HTTP/1.1\rhost: a\r\r`],
  ["a path with a space", get(HOST, "/a b")],
  ["a path with a NUL", get(HOST, "/a\0b")],
  ["a method in small letters", get(HOST).replace("GET", "get")],
  ["a method that is none", get(HOST).replace("GET", "FOO")],
  ["HTTP/0.9", "GET /1\r\n\r\n"],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["HTTP/9.9", get(HOST).replace("1.1", "9.9")],
  ["TLS", "\x16\x03\x01\x02\x00\x01\x00"],
  ["a chunk's extension", chunked("3;a=b\r\nabc\r\n0\r\n\r\n"), "POST /1 abc"],
  [
    "another method in a header",
    post("x-http-method-override: DELETE\r\ncontent-length: 1\r\n", "a"),
    "POST /1 a",
  ],
  ["another method in the query", get(HOST, "/1?_method=DELETE"), "GET /1 "],
  [
    "an upgrade to HTTP/2",
    get("host: a\r\nconnection: upgrade, close\r\nupgrade: h2c\r\n"),
    "GET /1 ",
  ],
  [
    "a request in the body of another",
    post(`content-length: ${NEXT.length}\r\n`, NEXT),
    `POST /1 ${NEXT}`,
  ],
];

Deno.test(
  "serve() reads a request in one way, or answers 400 and closes",
  OUTLIVED_BY_TIMERS,
  async () => {
    await onStage(async ({ serving, seen }) => {
      for (const [name, text, ...requests] of CASES) {
        seen.length = 0;
        const answer = await converse(serving, text);
        deepStrictEqual(seen, requests, name);
        const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
        deepStrictEqual(statuses, [requests.length > 0 ? "200" : "400"], `${name}: ${answer}`);
      }
    });
  },
);

Deno.test(
  "serve() says that a head is too large, where it said that it was no request",
  OUTLIVED_BY_TIMERS,
  async () => {
    await onStage(async ({ serving, seen }) => {
      for (
        const text of [
          get(`${HOST}x-a: ${"b".repeat(65_536)}\r\n`),
          get(HOST, `/${"b".repeat(16_384)}`),
          get(HOST + Array.from({ length: 4_000 }, (_, i) => `a${i}: b\r\n`).join("")),
        ]
      ) {
        const answer = await converse(serving, text);
        ok(answer.startsWith("HTTP/1.1 431 ") && answer.includes("head-too-large"), answer);
      }
      deepStrictEqual(seen, []);
    });
  },
);

Deno.test(
  "serve() gives nothing back of a TRACE, on whatever path and in whatever place of a connection",
  OUTLIVED_BY_TIMERS,
  async () => {
    await onStage(async ({ serving, seen }) => {
      const secret = "authorization: Bearer canary\r\ncookie: session=canary\r\n";
      const trace = (target: string, more = "") =>
        `TRACE ${target} HTTP/1.1\r\nhost: a\r\n${secret}${more}\r\n`;
      for (
        const text of [
          trace("/1"),
          trace("/1", "max-forwards: 0\r\n"),
          trace("*"),
          trace("http://a/1"),
          trace("/1", "content-length: 3\r\n") + "abc",
        ]
      ) {
        const answer = await converse(serving, text);
        ok(answer.startsWith("HTTP/1.1 501 "), answer);
        ok(answer.includes("/method-not-implemented") && !answer.includes("canary"), answer);
      }
      deepStrictEqual(seen, [], "no application sees it");
      // Behind another request it is answered in its turn.
      const both = await converse(serving, get("host: a\r\n") + trace("/2"));
      const statuses = [...both.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
      deepStrictEqual([statuses, seen], [["200", "501"], ["GET /1 "]]);
      ok(!both.includes("canary"));
    });
  },
);

/** How a client drags it out: what it sends first, and what every 20 ms. */
const SLOW: readonly [name: string, first: string, drip?: string][] = [
  ["says nothing", ""],
  ["says half a head", "POST /1 HTTP/1.1\r\nhost: a\r\n"],
  ["drips a head", "POST /1 HTTP/1.1\r\nhost: a\r\n", "x-a: b\r\n"],
  ["stops in a body", "POST /1 HTTP/1.1\r\nhost: a\r\ncontent-length: 900\r\n\r\nabc"],
  ["drips a body", "POST /1 HTTP/1.1\r\nhost: a\r\ncontent-length: 900\r\n\r\n", "a"],
  [
    "drips chunks",
    "POST /1 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
    "1\r\na\r\n",
  ],
  ["keeps a connection it does not use", get("host: a\r\n")],
  ["does not read what it asked for", get("host: a\r\n", "/endless")],
];

for (const [name, first, drip] of SLOW) {
  Deno.test(`serve() ends a client that ${name}`, OUTLIVED_BY_TIMERS, async () => {
    const limits = {
      headersTimeoutMs: 150,
      requestTimeoutMs: 250,
      keepAliveTimeoutMs: 150,
      checkIntervalMs: 50,
      stalledMs: 300,
    };
    await onStage(async ({ serving, givenUp }) => {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: serving.port });
      const write = (text: string) => connection.write(new TextEncoder().encode(text));
      await write(first);
      const isReader = first.includes("endless");
      const part = new Uint8Array(65_536);
      const timer = drip === undefined
        ? undefined
        : setInterval(() => void write(drip).catch(() => {}), 20);
      try {
        if (isReader) await givenUp;
        while (await connection.read(part).catch(() => null) !== null);
      } finally {
        clearInterval(timer);
        connection.close();
      }
    }, limits);
  });
}

Deno.test(
  "serve() works on one request of a connection at a time, where eight answers lay in memory",
  OUTLIVED_BY_TIMERS,
  async () => {
    let running = 0;
    let runningMax = 0;
    const app = new Hono();
    app.get("/:n", async (c) => {
      runningMax = Math.max(runningMax, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return c.text(`<${c.req.param("n")}>`);
    });
    const logger = createLogger({ service: "test", write: () => {} });
    const serving = await serve(app, { port: 0, logger });
    try {
      const questions = Array.from(
        { length: 8 },
        (_, n) => get(`host: a\r\n${n === 7 ? "connection: close\r\n" : ""}`, `/${n}`),
      ).join("");
      const answer = await converse(serving, questions);
      deepStrictEqual(
        [...answer.matchAll(/<(\d)>/g)].map(([, n]) => n),
        [..."01234567"],
      );
      strictEqual(runningMax, 1);
      // Who asks without end is no client.
      const many = Array.from({ length: 200 }, (_, n) => get("host: a\r\n", `/${n}`)).join("");
      strictEqual((await converse(serving, many)).includes("<199>"), false);
    } finally {
      await serving.close(50);
    }
  },
);

const SLOW_CONNECTIONS = 500;

Deno.test(
  `serve() answers honest requests beside ${SLOW_CONNECTIONS} slow connections, and ends all of those`,
  OUTLIVED_BY_TIMERS,
  async () => {
    await onStage(async ({ serving }) => {
      // Who does not read is ended as well, and only notices when it does: that has a test of its own.
      const shapes = SLOW.filter(([, first]) => !first.includes("endless"));
      const part = new Uint8Array(4_096);
      const slow = Array.from({ length: SLOW_CONNECTIONS }, async (_, i) => {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port: serving.port });
        await connection.write(new TextEncoder().encode(shapes[i % shapes.length]![1]));
        while (await connection.read(part).catch(() => null) !== null);
        connection.close();
      });
      for (let i = 0; i < 20; i++) {
        const answer = await fetch(`${serving.url}/1`, { method: "POST", body: "honest" });
        strictEqual(await answer.text(), "ok");
      }
      await Promise.all(slow);
    }, {
      headersTimeoutMs: 600,
      requestTimeoutMs: 800,
      keepAliveTimeoutMs: 300,
      checkIntervalMs: 100,
      atOnceMax: 4,
    });
  },
);
