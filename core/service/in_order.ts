/**
 * Layer 6. One request of a connection at a time.
 *
 * HTTP/1.1 lets a client send the next request before it has the answer, and `node:http` begins all that have
 * arrived: eight questions for a large answer, none of them read, and eight answers lie in memory for one
 * connection. Five hundred of those took 600 MB. Clients of ours wait for their answers; who does not, waits
 * here. Hazard: heads that wait are memory too, so their number has an end.
 *
 * @module
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Requests of a connection that may wait behind the one that is worked on. */
const WAITING_MAX = 16;

/** What waits behind the request of a connection that is worked on. */
const LINE = Symbol("requests that wait");
type LinedSocket = Socket & { [LINE]?: (() => void)[] | undefined };

/** A listener that sees the next request of a connection when the answer before it is written. */
export function inOrder(listener: RequestListener): RequestListener {
  function begin(socket: LinedSocket, incoming: IncomingMessage, outgoing: ServerResponse): void {
    outgoing.on("close", () => {
      const next = socket[LINE]?.shift();
      if (next === undefined) socket[LINE] = undefined;
      else next();
    });
    listener(
      incoming as Parameters<RequestListener>[0],
      outgoing as Parameters<RequestListener>[1],
    );
  }

  return (incoming, outgoing) => {
    const socket = incoming.socket as LinedSocket;
    const line = socket[LINE];
    if (line === undefined) {
      socket[LINE] = [];
      begin(socket, incoming, outgoing);
    } else if (line.length < WAITING_MAX) {
      line.push(() => {
        if (!socket.destroyed) begin(socket, incoming, outgoing);
      });
    } else {
      socket.destroy();
    }
  };
}
