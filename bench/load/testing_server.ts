/**
 * Bench, load. For tests: a server that does with each request what the test says.
 *
 * @module
 */

import { type AddressInfo, createServer, type Socket } from "node:net";

/** What to do with one request: its text is given, its answer is written to the socket. */
export type Act = (socket: Socket, request: string) => void;

export interface TestingServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Requests that came. */
  readonly requestCount: number;
}

/** Serves until disposed of. Each request must come in one piece, as small ones do on loopback. */
export async function testingServer(act: (index: number) => Act): Promise<TestingServer> {
  let requestCount = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => act(requestCount++)(socket, bytes.toString("latin1")));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get requestCount() {
      return requestCount;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers 200 with a body, or another status. */
export function answer(body: string | Uint8Array, fields = "", status = 200): Act {
  return (socket) => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    socket.write(`HTTP/1.1 ${status} X\r\n${fields}content-length: ${bytes.byteLength}\r\n\r\n`);
    socket.write(bytes);
  };
}

/** Resolves when it is true, looking every few milliseconds; fails after seconds. */
export async function until(isTrue: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 5_000;
  while (!isTrue()) {
    if (performance.now() > deadlineMs) throw new Error("What the test waits for does not come");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
