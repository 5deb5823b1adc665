/**
 * Faults. A relay on a stage, and devices that send to it what they can make again.
 *
 * A device's chunk counts as confirmed when the relay said that it holds it; what was not confirmed is sent again. So
 * at the end ingest must hold exactly what was confirmed, whoever died meanwhile.
 *
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";
import { freePort } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { IngestResponse, SegmentState } from "@wavekeep/core/wire";
import { join } from "node:path";
import type { Acknowledged } from "./fleet.ts";
import { isForGood, LabClient } from "./lab_client.ts";
import { type LabChunk, LabStream } from "./lab_stream.ts";
import { ServiceProcess } from "./service_process.ts";
import type { Stage } from "./stage.ts";

/** A relay process, and where it keeps what it holds. */
export interface StagedRelay {
  readonly process: ServiceProcess;
  readonly spoolFile: string;
  /** What its page counts, by names without their prefix. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** Resolves when nothing waits any more. */
  emptied(): Promise<void>;
}

/** Prepares a relay; it ends with `services`. */
export async function relayOn(
  stage: Stage,
  services: AsyncDisposableStack,
  options: {
    readonly name: string;
    readonly upstreamUrl: string;
    readonly spoolFolder?: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<StagedRelay> {
  const folder = join(stage.folder, `relay-${options.name}`);
  const spoolFolder = options.spoolFolder ?? join(folder, "spool");
  await Deno.mkdir(folder, { recursive: true });
  const tokenFile = join(folder, "relay.token");
  await Deno.writeTextFile(tokenFile, await stage.token("relay", `relay-${options.name}`), {
    mode: 0o600,
  });
  const pagePort = freePort();
  const process = services.use(
    await ServiceProcess.of({
      task: "relay",
      signal: stage.signal,
      env: {
        "HOST": "127.0.0.1",
        "RELAY_NAME": options.name,
        "UPSTREAM_URL": options.upstreamUrl,
        "RELAY_TOKEN_FILE": tokenFile,
        "TOKEN_PUBLIC_KEY_FILE": join(stage.folder, "token_public.jwk"),
        "SPOOL_DIR": spoolFolder,
        "KEY_DIR": join(folder, "keys"),
        "PAGE_PORT": String(pagePort),
        "LOG_LEVEL": "warn",
        ...options.env,
      },
    }),
  );
  const metrics = async () => {
    const response = await fetch(`http://127.0.0.1:${pagePort}/metrics`, {
      headers: { "connection": "close" },
    });
    const lines = (await response.text()).matchAll(/^wavekeep_relay_(\w+) (\S+)$/gm);
    return new Map([...lines].map(([, name, value]) => [name!, Number(value)]));
  };
  return {
    process,
    spoolFile: join(spoolFolder, "spool.db"),
    metrics,
    async emptied() {
      for (;;) {
        stage.signal.throwIfAborted();
        const counts = await metrics();
        if (counts.get("waiting_chunks") === 0 && counts.get("waiting_requests") === 0) return;
        await sleep(20);
      }
    },
  };
}

/** What a device may meet before it stops believing in the relay. */
const PATIENCE_MS = 90_000;
const AGAIN_MS = 15;

/** One device behind a relay. */
export class RelayedDevice implements Disposable {
  readonly stream: LabStream;
  readonly violations: string[] = [];
  /** How often the relay said that it has no room. */
  refusals = 0;
  readonly #relayUrl: string;
  readonly #client: LabClient;
  readonly #token: string;
  readonly #chunks: Generator<LabChunk, never>;
  #confirmed = 0;
  #setCount = 0;

  private constructor(
    relayUrl: string,
    parts: { stream: LabStream; client: LabClient; token: string },
  ) {
    this.#relayUrl = relayUrl;
    this.stream = parts.stream;
    this.#client = parts.client;
    this.#token = parts.token;
    this.#chunks = parts.stream.chunks();
  }

  /** Opens a recording and its segment through the relay. */
  static async open(
    stage: Stage,
    relayUrl: string,
    { code, seed, usesSets }: { code: string; seed: number; usesSets?: boolean },
  ): Promise<RelayedDevice> {
    const stream = new LabStream({ code, seed, usesSets: usesSets ?? false });
    const client = await LabClient.of(stage, `device-${code}`);
    const token = await stage.token("device", `device-${code}`);
    await client.open(relayUrl, stream);
    return new RelayedDevice(relayUrl, { stream, client, token });
  }

  get confirmed(): number {
    return this.#confirmed;
  }

  /** What ingest must hold at the end. */
  get acknowledged(): Acknowledged {
    return {
      stream: this.stream,
      count: this.#confirmed,
      leafHashes: Array(this.#confirmed).fill(""),
      setCount: this.#setCount,
    };
  }

  /**
   * Sends so many more chunks in one request, until each is confirmed.
   *
   * @param options.untilFull Gives up when the relay says that it has no room; what was not confirmed comes first next time.
   * @returns Whether they were confirmed.
   */
  async send(count: number, options: { readonly untilFull?: boolean } = {}): Promise<boolean> {
    const sent = this.#unsent.length > 0
      ? this.#unsent
      : Array.from({ length: count }, () => this.#chunks.next().value);
    const sets = sent.flatMap(({ setRecord }) => setRecord === undefined ? [] : [setRecord]);
    const body = concatBytes(...sets, ...sent.map(({ bytes }) => bytes));
    const startedMs = performance.now();
    for (;;) {
      const answer = await this.#client.send(this.#relayUrl, {
        method: "POST",
        path: "/ingest",
        body,
      });
      if (answer?.text.includes("spool-full")) this.refusals++;
      if (answer !== undefined && answer.status < 300) {
        const { results } = IngestResponse.parse(JSON.parse(answer.text));
        if (results.every(({ status }) => status === 202 || status === 200)) break;
        this.violations.push(`${this.#place} was refused: ${answer.text.slice(0, 200)}`);
        return false;
      }
      if (answer !== undefined && isForGood(answer.status)) {
        this.violations.push(`${this.#place} was refused: ${answer.status} ${answer.text}`);
        return false;
      }
      if (answer !== undefined && options.untilFull && answer.status !== 408) {
        this.#unsent = sent;
        return false;
      }
      if (performance.now() - startedMs > PATIENCE_MS) {
        this.violations.push(`${this.#place} was not confirmed within ${PATIENCE_MS} ms`);
        return false;
      }
      await sleep(AGAIN_MS);
    }
    this.#unsent = [];
    this.#confirmed += sent.length;
    this.#setCount += sets.length;
    return true;
  }

  #unsent: LabChunk[] = [];

  /** How far ingest's receipts go, as the relay tells. */
  async stored(): Promise<number> {
    const response = await fetch(`${this.#relayUrl}/segments/${this.stream.segmentId}/state`, {
      headers: { "authorization": `Bearer ${this.#token}` },
    });
    const { streams } = SegmentState.parse(await response.json());
    return streams[0]?.stored_high_water ?? 0;
  }

  /** The newest sequence that ingest has, whatever is missing before it; −1: none. */
  async newestAtIngest(stage: Stage): Promise<number> {
    const [row] = await stage.database.sql<{ newest: number | null }>(
      `select max(sequence) as newest from wavekeep.chunk join wavekeep.segment
         using (recording_id, segment_no) where segment_id = decode($1, 'hex')`,
      [this.stream.segmentId],
    );
    return row?.newest ?? -1;
  }

  get #place(): string {
    return `${this.stream.codes.recordingId}, after ${this.#confirmed} chunks,`;
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}
