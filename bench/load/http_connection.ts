/**
 * Bench, load. One keep-alive connection of one client: a request, its answer, the next request.
 *
 * As cheap as it gets: the request is bytes that the caller has made, written in one piece, and of the
 * answer only status and length are looked at. `fetch` costs several times as much processor, which on
 * two cores would be taken from the server that is measured (bench/README.md has both numbers).
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import { asciiBytes, concatBytes } from "@wavekeep/core/bytes";
import { AnswerReader } from "./answer_reader.ts";

/** What came of a request. */
export type Outcome =
  | { readonly status: number; readonly bodyByteLength: number }
  | { readonly error: "timeout" | "connection" | "protocol"; readonly message: string };

export interface HttpConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** How long an answer may take, from the request on. */
  readonly timeoutMs: number;
}

/** A request under way. */
interface Exchange {
  readonly bytes: Uint8Array;
  readonly onBody: ((part: Uint8Array) => void) | undefined;
  readonly done: (outcome: Outcome) => void;
  readonly sentMs: number;
  /** It was sent again, on a new connection, after the server had closed the old one meanwhile. */
  isSecondTry: boolean;
}

/** A client of one server. Connects when it is needed. */
export class HttpConnection {
  readonly #options: HttpConnectionOptions;
  readonly #reader = new AnswerReader();
  #socket: Socket | undefined;
  #exchange: Exchange | undefined;
  #answeredCount = 0;

  constructor(options: HttpConnectionOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#exchange !== undefined;
  }

  /**
   * Sends a request. `done` is called once, never before this returns.
   *
   * A kept connection that the server closed just then is no error of anybody's: the request goes out once
   * more on a new one, as in every HTTP client.
   *
   * @param bytes Head and body; must not change until `done`.
   * @throws {Error} The answer before has not come: there is no pipelining.
   */
  send(bytes: Uint8Array, done: Exchange["done"], onBody?: Exchange["onBody"]): void {
    if (this.#exchange !== undefined) throw new Error("Cannot send: an answer is still to come");
    this.#exchange = { bytes, done, onBody, sentMs: performance.now(), isSecondTry: false };
    this.#write(this.#exchange);
  }

  /** To be called now and then: gives up an answer that takes too long. */
  checkTimeout(nowMs: number): void {
    if (this.#exchange === undefined) return;
    if (nowMs - this.#exchange.sentMs < this.#options.timeoutMs) return;
    this.#drop();
    this.#finish({ error: "timeout", message: `no answer in ${this.#options.timeoutMs} ms` });
  }

  /** Ends the connection; a request under way fails. */
  close(): void {
    this.#drop();
    this.#finish({ error: "connection", message: "closed by the client" });
  }

  #write(exchange: Exchange): void {
    this.#reader.begin(exchange.onBody);
    this.#socket ??= this.#connect();
    this.#socket.write(exchange.bytes);
  }

  #connect(): Socket {
    this.#answeredCount = 0;
    const { host, port } = this.#options;
    const socket = connect({ host, port, noDelay: true });
    let reason = "closed by the server";
    socket.on("data", (bytes: Uint8Array) => socket === this.#socket && this.#take(bytes));
    socket.on("error", (error: Error) => void (reason = error.message));
    socket.on("close", () => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      this.#lost(reason);
    });
    return socket;
  }

  #take(bytes: Uint8Array): void {
    let isComplete: boolean;
    try {
      isComplete = this.#reader.take(bytes);
    } catch (error) {
      this.#drop();
      this.#finish({ error: "protocol", message: (error as Error).message });
      return;
    }
    if (!isComplete) return;
    this.#answeredCount++;
    const { status, bodyByteLength, willClose } = this.#reader;
    if (willClose) this.#drop();
    this.#finish({ status, bodyByteLength });
  }

  /** The connection is gone without our doing. */
  #lost(reason: string): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (this.#answeredCount > 0 && this.#reader.isUntouched && !exchange.isSecondTry) {
      exchange.isSecondTry = true;
      this.#write(exchange);
    } else {
      this.#finish({ error: "connection", message: reason });
    }
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #finish(outcome: Outcome): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.done(outcome);
  }
}

/** Sends a request and waits for the answer with its body. */
export function exchange(
  connection: HttpConnection,
  bytes: Uint8Array,
): Promise<{ outcome: Outcome; body: Uint8Array<ArrayBuffer> }> {
  const body = new BodyBuffer();
  return new Promise((resolve) => {
    connection.send(bytes, (outcome) => resolve({ outcome, body: body.take() }), body.add);
  });
}

/** A request as {@link OneClient} takes it. */
export interface ClientRequest {
  readonly method: string;
  /** With query string. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** A client that sends one request after the other over one kept connection. */
export interface OneClient extends Disposable {
  /**
   * @returns The answer; its body is good until the next request.
   * @throws {Error} There was no answer.
   */
  request(request: ClientRequest): Promise<{ status: number; body: Uint8Array<ArrayBuffer> }>;
}

const ONE_CLIENT_TIMEOUT_MS = 60_000;

/**
 * A client of one server, for who measures one request at a time.
 *
 * @param url Such as `http://127.0.0.1:8001`; what follows the port is not looked at.
 */
export function oneClient(url: string): OneClient {
  const { hostname, port } = new URL(url);
  const connection = new HttpConnection({
    host: hostname,
    port: Number(port),
    timeoutMs: ONE_CLIENT_TIMEOUT_MS,
  });
  const watch = setInterval(() => connection.checkTimeout(performance.now()), 1_000);
  const buffer = new BodyBuffer();
  return {
    request({ method, path, headers, body }) {
      const fields = body === undefined
        ? headers
        : { ...headers, "Content-Length": String(body.byteLength) };
      const head = asciiBytes(requestHead(method, new URL(path, url), fields));
      const bytes = body === undefined ? head : concatBytes(head, body);
      return new Promise((resolve, reject) => {
        connection.send(bytes, (outcome) => {
          const answer = buffer.take();
          if ("status" in outcome) return resolve({ status: outcome.status, body: answer });
          reject(new Error(`Cannot ask ${method} ${path}: ${outcome.error}: ${outcome.message}`));
        }, buffer.add);
      });
    },
    [Symbol.dispose]() {
      clearInterval(watch);
      connection.close();
    },
  };
}

/** Collects the parts of a body in memory that is used again. */
export class BodyBuffer {
  #bytes = new Uint8Array(16 * 1024);
  #length = 0;

  readonly add = (part: Uint8Array): void => {
    const length = this.#length + part.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.#length);
    this.#length = length;
  };

  /** What was collected since the last call; good until the next part. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }
}

/** The head of a request. */
export function requestHead(
  method: string,
  url: URL,
  fields: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n` +
    `${lines.join("")}\r\n`;
}
