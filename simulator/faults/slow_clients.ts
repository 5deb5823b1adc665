/**
 * Faults. Clients that drag things out, in every shape there is, on sockets of their own.
 *
 * @see anchors: "slowloris"; core/service/hostile_http_test.ts has the same shapes, one at a time
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";

/** How a client drags it out: what it says first, and what it adds every second. */
interface Shape {
  readonly name: string;
  readonly first: string;
  readonly drip?: string;
  /** It asks for much and takes nothing of it. */
  readonly isReader?: boolean;
}

/** What a slow client says depends on whom it bothers, and with what credential. */
export function slowShapes(token: string): readonly Shape[] {
  const authorization = `host: a\r\nauthorization: Bearer ${token}\r\n`;
  const upload = `POST /ingest HTTP/1.1\r\n${authorization}` +
    "content-type: application/vnd.wavekeep.chunks\r\n";
  const library = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: a\r\n\r\n";
  return [
    { name: "says nothing", first: "" },
    { name: "says half a head", first: `POST /ingest HTTP/1.1\r\n${authorization}` },
    {
      name: "drips a head",
      first: `POST /ingest HTTP/1.1\r\n${authorization}`,
      drip: "x-a: b\r\n",
    },
    { name: "drips a body", first: `${upload}content-length: 900\r\n\r\n`, drip: "a" },
    { name: "stops in a body", first: `${upload}content-length: 900\r\n\r\nabc` },
    { name: "keeps a connection idle", first: "GET /livez HTTP/1.1\r\nhost: a\r\n\r\n" },
    // One answer fits the system's buffers, several do not.
    { name: "does not read", first: library.repeat(8), isReader: true },
  ];
}

/** What became of slow connections. */
export interface SlowResult {
  readonly opened: number;
  /** The system, or the service, took no more. */
  readonly refused: number;
  /** Not closed when there was no more patience. */
  readonly stillOpen: number;
  /** The longest that one was held, by shape, in seconds. */
  readonly heldSeconds: ReadonlyMap<string, number>;
}

/** Connections that are opened at once, and how long that takes at least: a burst would measure the burst. */
const OPEN_AT_ONCE = 50;
const OPEN_MS = 50;
const DRIP_MS = 1_000;

/**
 * Opens slow connections, shapes in turns over ports in turns, and waits until the services have closed them.
 *
 * @param options.patienceMs After the last was opened.
 * @param options.onClosed Called after each.
 */
export async function holdSlowConnections(
  { count, ports, token, patienceMs, signal, onClosed }: {
    count: number;
    ports: readonly number[];
    token: string;
    patienceMs: number;
    signal: AbortSignal;
    onClosed: () => void;
  },
): Promise<SlowResult> {
  const shapes = slowShapes(token);
  const open = new Map<Deno.TcpConn, Shape>();
  const heldSeconds = new Map<string, number>();
  let refused = 0;
  const drips = setInterval(() => {
    for (const [connection, { drip }] of open) {
      if (drip !== undefined) void say(connection, drip);
    }
  }, DRIP_MS);
  const holds: Promise<void>[] = [];

  async function hold(index: number): Promise<void> {
    const shape = shapes[index % shapes.length]!;
    const port = ports[Math.floor(index / shapes.length) % ports.length]!;
    let connection: Deno.TcpConn;
    try {
      connection = await Deno.connect({ hostname: "127.0.0.1", port });
    } catch {
      refused++;
      onClosed();
      return;
    }
    const openedAt = performance.now();
    open.set(connection, shape);
    await say(connection, shape.first);
    holds.push((async () => {
      await (shape.isReader ? closedUnread(connection) : closed(connection));
      open.delete(connection);
      close(connection);
      const seconds = (performance.now() - openedAt) / 1000;
      heldSeconds.set(shape.name, Math.max(heldSeconds.get(shape.name) ?? 0, seconds));
      onClosed();
    })());
  }

  let stillOpen = 0;
  try {
    for (let from = 0; from < count; from += OPEN_AT_ONCE) {
      signal.throwIfAborted();
      const batch = Math.min(OPEN_AT_ONCE, count - from);
      await Promise.all([
        sleep(OPEN_MS),
        ...Array.from({ length: batch }, (_, i) => hold(from + i)),
      ]);
    }
    const patience = new AbortController();
    const isOver = Promise.all(holds).then(() => patience.abort());
    const either = AbortSignal.any([signal, patience.signal]);
    await Promise.race([isOver, sleep(patienceMs, either).catch(() => {})]);
    signal.throwIfAborted();
    stillOpen = open.size;
  } finally {
    clearInterval(drips);
    for (const connection of open.keys()) close(connection);
    await Promise.allSettled(holds);
  }
  return { opened: count - refused, refused, stillOpen, heldSeconds };
}

async function say(connection: Deno.TcpConn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  } catch {
    // Closed by the service: whoever reads notices.
  }
}

/** Resolves when the other end has closed. */
async function closed(connection: Deno.TcpConn): Promise<void> {
  const part = new Uint8Array(4_096);
  try {
    while (await connection.read(part) !== null);
  } catch {
    // Reset: closed as well.
  }
}

/** The same without taking anything: an end behind unread bytes shows only when something is written. */
async function closedUnread(connection: Deno.TcpConn): Promise<void> {
  try {
    while (true) {
      await sleep(DRIP_MS);
      await connection.write(new Uint8Array([0x47]));
    }
  } catch {
    // Broken pipe, or reset.
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed twice.
  }
}
