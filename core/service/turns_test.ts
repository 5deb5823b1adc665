import { deepStrictEqual } from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { inTurns } from "./turns.ts";

/** Requests that never end by themselves, and the names of those that were begun. */
class Requests {
  readonly begun: string[] = [];
  readonly #open = new Map<string, { incoming: IncomingMessage; outgoing: ServerResponse }>();
  readonly #listener: ReturnType<typeof inTurns>;

  constructor(atOnceMax: number) {
    this.#listener = inTurns((incoming) => void this.begun.push(incoming.url!), atOnceMax);
  }

  /** The head has been parsed; `isWhole` when the body came with it. */
  arrive(name: string, { method = "POST", isWhole = true } = {}): void {
    const incoming = new IncomingMessage(new Socket());
    Object.assign(incoming, { url: name, method, complete: false });
    const outgoing = new ServerResponse(incoming);
    this.#open.set(name, { incoming, outgoing });
    this.#listener(
      incoming as Parameters<ReturnType<typeof inTurns>>[0],
      outgoing as Parameters<ReturnType<typeof inTurns>>[1],
    );
    incoming.complete = isWhole;
  }

  end(...names: string[]): void {
    for (const name of names) this.#open.get(name)!.outgoing.emit("close");
  }

  hangUp(name: string): void {
    this.#open.get(name)!.outgoing.destroyed = true;
    this.end(name);
  }
}

/** What became ready in this turn of the event loop has been looked at. */
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 1));

Deno.test("inTurns() begins so many requests at a time, in the order they came", async () => {
  const requests = new Requests(2);
  for (const name of ["a", "b", "c", "d", "e"]) requests.arrive(name);
  await nextTurn();
  deepStrictEqual(requests.begun, ["a", "b"]);
  requests.end("b");
  deepStrictEqual(requests.begun, ["a", "b", "c"]);
  // An end that is told twice is one end.
  requests.end("b", "a", "c");
  deepStrictEqual(requests.begun, ["a", "b", "c", "d", "e"]);
});

Deno.test("inTurns() lets nobody past those who wait, but for reads", async () => {
  const requests = new Requests(1);
  for (const name of ["a", "b"]) requests.arrive(name);
  requests.arrive("probe", { method: "GET" });
  deepStrictEqual(requests.begun, ["a", "probe"]);
  requests.end("a");
  requests.arrive("c");
  await nextTurn();
  requests.end("b");
  deepStrictEqual(requests.begun, ["a", "probe", "b", "c"]);
});

Deno.test("inTurns() gives no turn to who has not sent its body", async () => {
  const requests = new Requests(1);
  for (const name of ["slow", "slower"]) requests.arrive(name, { isWhole: false });
  requests.arrive("whole");
  deepStrictEqual(requests.begun, ["slow"]);
  await nextTurn();
  await nextTurn();
  deepStrictEqual(requests.begun, ["slow", "slower", "whole"]);
  // Their ends give no turn back that they do not have.
  requests.arrive("next");
  requests.end("slow", "slower");
  deepStrictEqual(requests.begun, ["slow", "slower", "whole"]);
  requests.end("whole");
  deepStrictEqual(requests.begun, ["slow", "slower", "whole", "next"]);
});

Deno.test("inTurns() forgets who hung up in the line", async () => {
  const requests = new Requests(1);
  for (const name of ["a", "gone", "b"]) requests.arrive(name);
  requests.hangUp("gone");
  await nextTurn();
  requests.end("a");
  deepStrictEqual(requests.begun, ["a", "b"]);
});
