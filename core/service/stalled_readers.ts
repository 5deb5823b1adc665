/**
 * Layer 6. Who asks and does not read the answer.
 *
 * `node:http` has an end for slow heads, slow bodies and idle connections, and none for an answer that nobody
 * takes: its stream waits for ever, and with it whatever it was made from. Sole owner of that end. A reader
 * that takes something now and then stays; a stream that has nothing to say stays too.
 *
 * @module
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";

interface Seen {
  readonly writtenBytes: number;
  readonly waitingBytes: number;
  readonly sinceMs: number;
}

/**
 * Destroys connections whose waiting bytes have not moved.
 *
 * @param options.stalledMs How long they may lie.
 * @param options.checkIntervalMs How often they are looked at.
 * @returns Stops looking.
 */
export function endStalledReaders(
  server: Server,
  { stalledMs, checkIntervalMs, onEnd }: {
    stalledMs: number;
    checkIntervalMs: number;
    onEnd: () => void;
  },
): () => void {
  const open = new Map<Socket, Seen | undefined>();
  // Under TLS what waits lies in the socket that encrypts, and not in the one below it.
  for (const event of ["connection", "secureConnection"]) {
    server.on(event, (socket: Socket) => {
      open.set(socket, undefined);
      socket.on("close", () => open.delete(socket));
    });
  }
  const timer = setInterval(() => {
    const nowMs = performance.now();
    for (const [socket, seen] of open) {
      const { bytesWritten: writtenBytes, writableLength: waitingBytes } = socket;
      if (waitingBytes === 0) {
        if (seen !== undefined) open.set(socket, undefined);
      } else if (seen?.writtenBytes !== writtenBytes || seen.waitingBytes !== waitingBytes) {
        open.set(socket, { writtenBytes, waitingBytes, sinceMs: nowMs });
      } else if (nowMs - seen.sinceMs >= stalledMs) {
        onEnd();
        socket.destroy();
      }
    }
  }, checkIntervalMs);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}
