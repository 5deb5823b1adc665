/**
 * Layer 6. Requests that have arrived wait for their turn before anything is made for them.
 *
 * After a stall every sender is there at once. A request that is being worked on takes several times the
 * memory of one that has only arrived (core/decisions/0025), and none of them is answered sooner because all are begun. So some
 * are let in, and the rest stand in line in the order of their arrival, as the parser left them. Hazard:
 * who is slow to send must not take the turns of those who are not; a request counts only once its body
 * is there, and reads never wait.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

interface Arrived {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/**
 * A listener that begins at most `atOnceMax` requests with whole bodies at a time.
 *
 * One whose body is still on its way begins at once when there is room, and gives its turn back when its
 * body was not there with its head: how much of such bodies is in memory is for the listener to bound.
 */
export function inTurns(listener: RequestListener, atOnceMax: number): RequestListener {
  const line: Arrived[] = [];
  /** Begun in this turn of the event loop: whether their bodies are there is known at its end. */
  let fresh: (() => void)[] = [];
  let running = 0;

  function begin({ incoming, outgoing }: Arrived): void {
    let hasTurn = true;
    running++;
    const giveBack = () => {
      if (!hasTurn) return;
      hasTurn = false;
      running--;
      letIn();
    };
    outgoing.on("close", giveBack);
    if (!incoming.complete) {
      if (fresh.length === 0) setImmediate(lookAtFresh);
      fresh.push(() => {
        if (!incoming.complete) giveBack();
      });
    }
    listener(
      incoming as Parameters<RequestListener>[0],
      outgoing as Parameters<RequestListener>[1],
    );
  }

  function lookAtFresh(): void {
    const looks = fresh;
    fresh = [];
    for (const look of looks) look();
  }

  function letIn(): void {
    while (running < atOnceMax) {
      const next = line.shift();
      if (next === undefined) return;
      // Who hung up while waiting needs no answer.
      if (!next.outgoing.destroyed && !next.incoming.destroyed) begin(next);
    }
  }

  return (incoming, outgoing) => {
    if (incoming.method === "GET" || incoming.method === "HEAD") {
      listener(incoming, outgoing);
    } else if (running < atOnceMax && line.length === 0) {
      begin({ incoming, outgoing });
    } else {
      line.push({ incoming, outgoing });
    }
  };
}
