/**
 * Layer 6. Serves an application on `node:http`, where slow and dead clients have an end.
 *
 * Sole owner of connection timeouts. `Deno.serve` has none: slow clients held it open for ever and cost
 * gigabytes (DESIGN section 3). On a hosted edge the platform has its own; there the application's
 * `fetch` is used directly.
 *
 * @module
 */
import { getRequestListener, RequestError } from "@hono/node-server";
import { Buffer } from "node:buffer";
import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import {
  PROBLEM_MEDIA_TYPE,
  ProblemError,
  PROBLEMS,
  type ProblemSlug,
  toProblem,
} from "../problem/mod.ts";
import { letGoOfFinishedRequests } from "./finished_requests.ts";
import { inOrder } from "./in_order.ts";
import { isClientGone } from "./client_gone.ts";
import type { Logger } from "./json_log.ts";
import { ambiguityOf } from "./one_reading.ts";
import { plainParts } from "./plain_response.ts";
import { problemResponse } from "./problem_handler.ts";
import { endStalledReaders } from "./stalled_readers.ts";
import {
  followTlsFiles,
  readTlsPair,
  TLS_VERSION_MIN,
  type TlsFiles,
  type TlsPair,
} from "./tls_files.ts";
import { inTurns } from "./turns.ts";

/** Ends for what a client may drag out. */
export interface ServeLimits {
  /** Time for the request's head. */
  readonly headersTimeoutMs: number;
  /** Time for the whole request. */
  readonly requestTimeoutMs: number;
  /** Time an idle connection is kept for the next request. */
  readonly keepAliveTimeoutMs: number;
  /** Time an answer may lie without its reader taking anything of it. */
  readonly stalledMs: number;
  /** How often these times are looked at. */
  readonly checkIntervalMs: number;
  readonly connectionsMax: number;
  readonly headBytesMax: number;
  /** Requests that are worked on at a time, reads not counted; others that have arrived wait in line. */
  readonly atOnceMax: number;
}

export const DEFAULT_LIMITS: ServeLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 20_000,
  keepAliveTimeoutMs: 5_000,
  stalledMs: 20_000,
  checkIntervalMs: 2_000,
  // Four thousand devices with a connection each, and those who look after them.
  connectionsMax: 5_000,
  headBytesMax: 16 * 1024,
  atOnceMax: Infinity,
};

/** Where and how to serve. */
export interface ServeOptions {
  /** Default: loopback. */
  readonly host?: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly limits?: Partial<ServeLimits>;
  readonly logger: Logger;
  /** With these it speaks TLS, and nothing else on this port. */
  readonly tls?: TlsFiles | undefined;
}

/** A listening server. */
export interface Serving {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /**
   * Takes no more connections, lets running requests end, then closes. What still runs after `drainMs`
   * (an event stream, say) is cut. Safe to call twice.
   */
  close(drainMs?: number): Promise<void>;
}

/** Anything with a `fetch`, such as a Hono application. */
export interface FetchApp {
  fetch(request: Request, ...rest: unknown[]): Response | Promise<Response>;
}

/**
 * Starts to listen.
 *
 * @throws {Error} The port is taken or the address is not ours, or certificate and key are no pair.
 */
export async function serve(app: FetchApp, options: ServeOptions): Promise<Serving> {
  const { logger, tls, host = "127.0.0.1" } = options;
  const pair = tls === undefined ? undefined : await readTlsPair(tls);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const server = createServerOf(listenerOf(app), { limits, logger, pair });
  server.maxConnections = limits.connectionsMax;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    refuse(error, socket as Socket, logger);
  });
  for (const event of ["connection", "secureConnection"]) {
    server.on(event, (socket: Socket) => {
      socket.on("error", (error: Error) => logger.debug("connection failed", { error }));
    });
  }
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    logger.debug("connection refused", { code: error.code ?? "ERR_TLS_HANDSHAKE" });
    socket.destroy();
  });

  await new Promise<void>((resolve, reject) => {
    const onError = (cause: Error) =>
      reject(
        new Error(`Cannot listen on ${host} port ${options.port}: ${cause.message}`, { cause }),
      );
    server.once("error", onError);
    // After a restart everybody comes back at once. Who does not fit the line (511 by default) is let in
    // seconds later, or never: the kernel drops what it cannot queue, and the client waits for an answer.
    server.listen({ port: options.port, host, backlog: limits.connectionsMax }, () => {
      server.off("error", onError);
      resolve();
    });
  });
  letGoOfFinishedRequests(server);
  const stopLooking = endStalledReaders(server, {
    ...limits,
    onEnd: () => logger.info("connection refused", { code: "ERR_STALLED_READER" }),
  });
  server.on("close", stopLooking);
  if (tls !== undefined) {
    server.on("close", followTlsFiles(server as SecureServer, tls, { logger }));
  }
  server.on("error", (error) => logger.error("server failed", { error }));
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    host,
    port,
    url: `${tls === undefined ? "http" : "https"}://${
      host.includes(":") ? `[${host}]` : host
    }:${port}`,
    close: (drainMs = 10_000) => closing ??= closeServer(server, drainMs),
  };
}

/** The adapter's listener, but for answers that are written without it. */
function listenerOf(app: FetchApp): RequestListener {
  return getRequestListener(async (request, env) => {
    const response = await app.fetch(request, env);
    if (isWritten(response, env.outgoing as ServerResponse)) throw WRITTEN;
    return response;
  }, {
    // The runtime's own Request and Response stay what they are for everybody else in this process.
    overrideGlobalObjects: false,
    errorHandler: (error) => {
      if (error === WRITTEN) return;
      const slug = error instanceof RequestError ? "malformed-request" : "internal";
      return problemResponse(new ProblemError(slug), undefined);
    },
  }) as RequestListener;
}

/**
 * Ends the adapter's part in a request. The Response that it has for this is looked through like any other:
 * its headers alone take longer than writing the answer.
 */
const WRITTEN = new Error("The answer is written");

function createServerOf(
  listener: RequestListener,
  { limits, logger, pair }: {
    readonly limits: ServeLimits;
    readonly logger: Logger;
    readonly pair: TlsPair | undefined;
  },
): Server {
  const options: ServerOptions = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    maxHeaderSize: limits.headBytesMax,
  };
  const implemented = withoutTrace(inTurns(listener, limits.atOnceMax), logger);
  const first = oneReading(inOrder(implemented), logger);
  if (pair === undefined) return createServer(options, first);
  const { cert, key } = pair;
  const secure = { cert, key, minVersion: TLS_VERSION_MIN } as const;
  const handshakeTimeout = limits.headersTimeoutMs;
  const secureOptions = { ...options, ...secure, handshakeTimeout };
  return createSecureServer(secureOptions, withHsts(first)) as unknown as Server;
}

/** Writes an answer whose body is in memory, at once and without a stream; false for any other. */
function isWritten(response: Response, outgoing: ServerResponse): boolean {
  const parts = plainParts(response);
  if (parts === undefined) return false;
  const { status, headers, body } = parts;
  const byteLength = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  outgoing.writeHead(status, { ...headers, "content-length": byteLength });
  outgoing.end(body);
  return true;
}

/** A year: whoever has come here by TLS once comes by nothing else (RFC 6797). */
const HSTS = "max-age=31536000";

function withHsts(listener: RequestListener): RequestListener {
  return (incoming, outgoing) => {
    outgoing.setHeader("strict-transport-security", HSTS);
    return listener(incoming, outgoing);
  };
}

/** TRACE gives back what came, with what a script must not see of it (RFC 9110, section 9.3.8): nobody gets that. */
function withoutTrace(listener: RequestListener, logger: Logger): RequestListener {
  return (incoming, outgoing) => {
    if (incoming.method !== "TRACE") return listener(incoming, outgoing);
    logger.info("connection refused", { code: "ERR_METHOD_TRACE" });
    const body = JSON.stringify(toProblem("method-not-implemented", {}));
    outgoing.writeHead(PROBLEMS["method-not-implemented"].status, {
      "connection": "close",
      "content-type": PROBLEM_MEDIA_TYPE,
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
    });
    outgoing.end(body);
  };
}

/** Hands on what can be read in one way; anything else is answered, and its connection ends. */
function oneReading(listener: RequestListener, logger: Logger): RequestListener {
  return (incoming, outgoing) => {
    const ambiguity = ambiguityOf(incoming);
    if (ambiguity === undefined) return listener(incoming, outgoing);
    logger.info("connection refused", { code: "ERR_AMBIGUOUS_REQUEST" });
    incoming.socket.end(lastAnswer("malformed-request", ambiguity));
  };
}

/** What the parser of `node:http` could not make a request of, and what that is called. */
const PARSER_PROBLEMS: Readonly<Record<string, ProblemSlug>> = {
  "ERR_HTTP_REQUEST_TIMEOUT": "request-timeout",
  "HPE_HEADER_OVERFLOW": "head-too-large",
};

/** Answers what never became a request. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, logger: Logger): void {
  logger.info("connection refused", { code: error.code });
  if (isClientGone(error) || !socket.writable) return void socket.destroy();
  socket.end(lastAnswer(PARSER_PROBLEMS[error.code ?? ""] ?? "malformed-request"));
}

/** An answer for a connection whose next bytes nobody can interpret. */
function lastAnswer(slug: ProblemSlug, detail?: string): string {
  const { status } = PROBLEMS[slug];
  const body = JSON.stringify(toProblem(slug, detail === undefined ? {} : { detail }));
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n` +
    `content-type: ${PROBLEM_MEDIA_TYPE}\r\ncontent-length: ${
      Buffer.byteLength(body)
    }\r\n\r\n${body}`;
}

async function closeServer(server: Server, drainMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
