/**
 * Faults. Our own TCP proxy: what a network, a firewall or a dying machine does to a connection, on purpose.
 *
 * It knows nothing of what it carries, so it serves HTTP and the PostgreSQL wire alike. Each connection gets
 * a shape for either direction when it is opened; a shape may be changed while it is in use, and what holds
 * for all connections (frozen, refusing) is the proxy's own. `proxy.port` stands in for the target's.
 *
 * @module
 */

import { once } from "node:events";
import net from "node:net";
import { sleep } from "@wavekeep/core/service/sleep";

/** What happens to the bytes of one direction. Everything is optional; nothing happens by default. */
export interface Shape {
  /** Each piece waits so long, one after the other. */
  delayMs?: number;
  bytesPerSecond?: number;
  /** So many bytes pass; then the connection is closed in order, reset, or kept open in silence. */
  limit?: { readonly bytes: number; readonly then: "close" | "reset" | "silence" };
  /** One bit is turned over, 0 the lowest, in the byte at this offset of the direction. */
  flip?: { readonly byte: number; readonly bit: number };
  /**
   * Sees every piece before the rest of the shape does. What it yields goes on; each piece has been written
   * before the next is asked for.
   */
  pass?: (piece: Uint8Array, link: Link) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Both directions of a connection: `up` is what the client says. */
export interface LinkShape {
  readonly up?: Shape;
  readonly down?: Shape;
}

/** One connection through the proxy. */
export interface Link {
  /** 0 is the first connection of the proxy. */
  readonly index: number;
  /** Both sides are told that it is over. */
  close(): void;
  /** Both sides get a reset. */
  reset(): void;
}

/** Pieces of a throttled direction a second: enough to look like a slow line. */
const THROTTLED_PIECES_PER_SECOND = 20;

/** A proxy before a port of this machine. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: net.Server;
  readonly #targetPort: number;
  readonly #shape: (index: number) => LinkShape;
  readonly #links = new Set<OpenLink>();
  readonly #pumps = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #thawed: PromiseWithResolvers<void> | undefined;
  #connectionCount = 0;
  /** New connections are reset at once. */
  isRefusing = false;

  private constructor(targetPort: number, shape: (index: number) => LinkShape) {
    this.#targetPort = targetPort;
    this.#shape = shape;
    this.#server = net.createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** Listens on a free port of the loopback. `shape` says what befalls the connection of a number. */
  static async listen(options: {
    targetPort: number;
    shape?: (index: number) => LinkShape;
  }): Promise<TcpProxy> {
    const proxy = new TcpProxy(options.targetPort, options.shape ?? (() => ({})));
    proxy.#server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 });
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connections at this moment. */
  get openCount(): number {
    return this.#links.size;
  }

  /** Connections there have been. */
  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** Nothing passes in any direction until `thaw`; connections stay open, new ones too. */
  freeze(): void {
    this.#thawed ??= Promise.withResolvers();
  }

  thaw(): void {
    this.#thawed?.resolve();
    this.#thawed = undefined;
  }

  /** Every connection of this moment gets a reset. */
  resetAll(): void {
    for (const link of [...this.#links]) link.reset();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw();
    this.isRefusing = true;
    this.#closing.abort();
    this.resetAll();
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    await Promise.all([closed, ...this.#pumps]);
  }

  #accept(client: net.Socket): void {
    // The server closes only when its last socket has: an error of a socket is its end and nothing more.
    client.on("error", () => {});
    if (this.isRefusing) return void client.resetAndDestroy();
    const index = this.#connectionCount++;
    const target = net.connect({ port: this.#targetPort, host: "127.0.0.1", allowHalfOpen: true });
    target.on("error", () => client.resetAndDestroy());
    client.setNoDelay(true);
    target.setNoDelay(true);
    const link = new OpenLink(index, client, target);
    this.#links.add(link);
    const { up = {}, down = {} } = this.#shape(index);
    const frozen = () => this.#thawed?.promise;
    const { signal } = this.#closing;
    const pumps = Promise.allSettled([
      pump(client, target, { shape: up, link, frozen, signal }),
      pump(target, client, { shape: down, link, frozen, signal }),
    ]).then(() => {
      link.close();
      this.#links.delete(link);
      this.#pumps.delete(pumps);
    });
    this.#pumps.add(pumps);
  }
}

class OpenLink implements Link {
  readonly index: number;
  readonly #sockets: readonly net.Socket[];

  constructor(index: number, ...sockets: net.Socket[]) {
    this.index = index;
    this.#sockets = sockets;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  reset(): void {
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy();
  }
}

async function pump(
  from: net.Socket,
  to: net.Socket,
  { shape, link, frozen, signal }: {
    shape: Shape;
    link: Link;
    frozen: () => Promise<void> | undefined;
    signal: AbortSignal;
  },
): Promise<void> {
  let passed = 0;
  for await (const data of from as AsyncIterable<Uint8Array>) {
    await frozen();
    for await (const given of shape.pass?.(data, link) ?? [data]) {
      if (shape.delayMs !== undefined) await sleep(shape.delayMs, signal);
      let piece = flipped(given, passed, shape.flip);
      const { limit } = shape;
      const isOver = limit !== undefined && passed + piece.byteLength >= limit.bytes;
      if (isOver) piece = piece.subarray(0, Math.max(0, limit.bytes - passed));
      passed += given.byteLength;
      await writePaced(to, piece, { bytesPerSecond: shape.bytesPerSecond, signal });
      if (!isOver || limit.then === "silence") continue;
      if (limit.then === "reset") link.reset();
      else await closeInOrder(to, link);
      return;
    }
  }
  to.end();
}

/** What was written arrives before the end does. */
async function closeInOrder(to: net.Socket, link: Link): Promise<void> {
  to.end();
  await once(to, "finish").catch(() => {});
  link.close();
}

function flipped(piece: Uint8Array, passed: number, flip: Shape["flip"]): Uint8Array {
  const at = (flip?.byte ?? -1) - passed;
  if (at < 0 || at >= piece.byteLength) return piece;
  const changed = piece.slice();
  changed[at]! ^= 1 << flip!.bit;
  return changed;
}

async function writePaced(
  to: net.Socket,
  piece: Uint8Array,
  { bytesPerSecond, signal }: { bytesPerSecond: number | undefined; signal: AbortSignal },
): Promise<void> {
  if (bytesPerSecond === undefined) return await write(to, piece);
  const step = Math.max(1, Math.floor(bytesPerSecond / THROTTLED_PIECES_PER_SECOND));
  for (let offset = 0; offset < piece.byteLength; offset += step) {
    const part = piece.subarray(offset, offset + step);
    await write(to, part);
    await sleep(1000 * part.byteLength / bytesPerSecond, signal);
  }
}

function write(to: net.Socket, piece: Uint8Array): Promise<void> {
  if (piece.byteLength === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    to.write(piece, (error) => error ? reject(error) : resolve());
  });
}
