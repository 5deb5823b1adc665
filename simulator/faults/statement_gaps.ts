/**
 * Faults. A proxy before PostgreSQL that strikes a connection in a gap between two statements.
 *
 * The backend is terminated by the server itself, and the proxy holds the traffic until it is gone: so the
 * gap is hit every time, and not only by luck.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import { backendPid, MessageSplitter, StatementReader } from "./postgres_wire.ts";
import { type Link, type LinkShape, TcpProxy } from "./tcp_proxy.ts";

/** Where a transaction that stores chunks can be struck. */
export const GAPS = [
  /** BEGIN was answered, the insert was not sent. */
  "after begin",
  /** The insert was done, and its answer comes with the end. */
  "after insert",
  /** COMMIT is on its way, and finds nobody. */
  "before commit",
  /** COMMIT is sent and the end at once: either may come first. */
  "during commit",
  /** COMMIT was done, and nobody hears of it. */
  "after commit",
] as const;
export type Gap = (typeof GAPS)[number];

/** Terminates the backend of a process id; resolves when it is gone. */
export type Terminate = (pid: number) => Promise<void>;

/** Strikes where it is told to, once each time. */
export class GapProxy implements AsyncDisposable {
  readonly #terminate: Terminate;
  #proxy: TcpProxy | undefined;
  #next: { readonly gap: Gap; readonly struck: () => void } | undefined;

  private constructor(terminate: Terminate) {
    this.#terminate = terminate;
  }

  static async listen(
    options: { targetPort: number; terminate: Terminate },
  ): Promise<GapProxy> {
    const gaps = new GapProxy(options.terminate);
    gaps.#proxy = await TcpProxy.listen({
      targetPort: options.targetPort,
      shape: () => new TappedConnection((gap) => gaps.#take(gap), gaps.#terminate).shape,
    });
    return gaps;
  }

  get port(): number {
    return this.#proxy!.port;
  }

  /** Strikes the next transaction that reaches the gap; resolves when that has happened. */
  strike(gap: Gap): Promise<void> {
    return new Promise((resolve) => this.#next = { gap, struck: resolve });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy?.[Symbol.asyncDispose]();
  }

  /** Whether this is the gap that was asked for; whoever takes it strikes. */
  #take(gap: Gap): (() => void) | undefined {
    if (this.#next?.gap !== gap) return undefined;
    const { struck } = this.#next;
    this.#next = undefined;
    return struck;
  }
}

/** One connection: what was sent, what was answered, and who answers. */
class TappedConnection {
  readonly #take: (gap: Gap) => (() => void) | undefined;
  readonly #terminate: Terminate;
  readonly #client = new MessageSplitter("client");
  readonly #server = new MessageSplitter("server");
  readonly #statements = new StatementReader();
  #pid = 0;
  /** Answers that the client waits for: the beginning, each simple query and each sync ends with one. */
  #sent = 1;
  #answered = 0;
  /** The server's answers, while they are kept back. */
  #held: Uint8Array[] | undefined;
  /** What the transaction under way has come to. */
  #phase: "other" | "inserting" | "inserted" = "other";

  constructor(take: (gap: Gap) => (() => void) | undefined, terminate: Terminate) {
    this.#take = take;
    this.#terminate = terminate;
  }

  readonly shape: LinkShape = {
    up: { pass: (piece, link) => this.#up(piece, link) },
    down: { pass: (piece) => this.#down(piece) },
  };

  async *#up(piece: Uint8Array, link: Link): AsyncIterable<Uint8Array> {
    for (const message of this.#client.push(piece)) {
      const text = this.#statements.read(message)?.trim().toLowerCase();
      if (text?.includes("insert into wavekeep.chunk")) {
        this.#phase = "inserting";
        await this.#strike("after begin", { waits: true });
      }
      const isEndOfInsert = this.#phase === "inserting" && message.type === "S";
      const isCommit = this.#phase === "inserted" && text === "commit";
      if (isEndOfInsert) this.#phase = "inserted";
      if (isCommit) {
        this.#phase = "other";
        await this.#strike("before commit", { waits: true });
      }
      // Kept back from here on: an answer on its way could not be called back.
      const gap = isEndOfInsert ? "after insert" : isCommit ? "after commit" : undefined;
      const struck = gap && this.#take(gap);
      if (struck !== undefined) this.#held = [];
      if (message.type === "Q" || message.type === "S") this.#sent++;
      yield message.bytes;
      if (isCommit) await this.#strike("during commit", { waits: false });
      if (struck === undefined) continue;
      await this.#quiet();
      await this.#terminate(this.#pid);
      struck();
      if (gap === "after commit") link.close();
      else this.#held = undefined;
    }
  }

  *#down(piece: Uint8Array): Iterable<Uint8Array> {
    for (const message of this.#server.push(piece)) {
      this.#pid = backendPid(message) ?? this.#pid;
      if (message.type === "Z") this.#answered++;
    }
    if (this.#held === undefined) yield piece;
    else this.#held.push(piece);
  }

  /** Terminates the backend when this gap was asked for; with `waits`, when it has answered everything. */
  async #strike(gap: Gap, { waits }: { waits: boolean }): Promise<void> {
    const struck = this.#take(gap);
    if (struck === undefined) return;
    if (waits) await this.#quiet();
    await this.#terminate(this.#pid);
    struck();
  }

  /** Everything that was sent has been answered. */
  async #quiet(): Promise<void> {
    while (this.#answered < this.#sent) await sleep(1);
  }
}
