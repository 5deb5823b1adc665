/**
 * Exports as jobs: asked for, written, checked by another reader, and kept sealed for a while.
 *
 * Sole owner of what may be downloaded: a bundle that was verified from its own bytes, as whoever gets it
 * would, and in which nothing differs, or a BIDS dataset whose samples were read back. One job is written at a time, because pages come first. A job belongs
 * to this process: a restart forgets those under way, and what they left is removed; who asked asks again,
 * and several processes of query need requests of one export to reach the same one.
 * Hazard: the spool holds a patient's samples; it is sealed under a key that dies with the patient's, and a
 * job's file on disk says which recording only by the server's own id.
 *
 * @module
 */

import { nodeSha256, verifyEd25519 } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import {
  describeFinding,
  TAR_END_BYTES,
  tarEntryBytes,
  tarHeader,
  tarPadding,
  verifyBundle,
} from "@wavekeep/core/proof";
import type { BidsOptions } from "@wavekeep/core/wire";
import { createHash } from "node:crypto";
import { writeBids } from "../bids/write_bids.ts";
import type { QueryDeps } from "../deps.ts";
import { IntegrityError } from "../integrity_error.ts";
import { researchSnapshot } from "../research/research_snapshot.ts";
import type { SitePseudonyms } from "../research/site_pseudonyms.ts";
import { notReady } from "../proof/chunk_proof.ts";
import type { StoredRecording } from "../store/query_store.ts";
import { type BundleSnapshot, takeSnapshot } from "./bundle_snapshot.ts";
import { SealedSpool, type SpooledFile, spoolKey } from "./sealed_spool.ts";
import { writeBundle } from "./write_bundle.ts";

/** Where a job stands. */
export type ExportState = "waiting" | "writing" | "checking" | "ready" | "refused" | "cancelled";

/** Who wants which recording. */
export interface ExportOrder {
  readonly siteId: number;
  readonly actor: string;
  readonly requestId: string;
  readonly recording: StoredRecording;
  /** Sizes of checkpoints that were kept. */
  readonly earlierSizes: readonly number[];
  /** A dataset instead of a bundle. */
  readonly bids: BidsOptions | undefined;
  /** Of the site, for a de-identified dataset; absent for the recording as it is. */
  readonly names?: SitePseudonyms;
  /** Files as they were handed in: only for who may do `originals:export`. */
  readonly original: boolean;
}

/** One job. */
export interface ExportJob {
  /** 32 hexadecimal digits, random: who has it may ask, with a credential of the site. */
  readonly id: string;
  readonly order: ExportOrder;
  state: ExportState;
  /** Share of the bytes, 0 to 1. */
  progress: number;
  /** On disk, sealed. */
  spooledBytes: number;
  /** Of the tar, once it is ready. */
  byteLength: number | null;
  /** Milliseconds since 1970; of a job that has ended. */
  expiresAtMs: number | null;
  /** Why it was refused, for people. */
  reason: string | null;
  problem: ProblemError | null;
  files: readonly SpooledFile[];
}

/** Jobs that wait at most; then 429. */
const WAITING_MAX = 20;
const WAITING_OF_SITE_MAX = 8;
const KEPT_MS = 60 * 60_000;
/** The sequencer has a leaf within a second or two; a log that stands still is no reason to wait long. */
const LOG_WAIT_MS = 20_000;
const LOG_WAIT_STEP_MS = 500;

/** What may differ. */
export interface ExportJobOptions {
  /** Bytes on disk of all exports together; then `export-space`. */
  readonly bytesMax?: number;
  readonly nowMs?: () => number;
}

/** Makes, keeps and forgets exports. */
export class ExportJobs {
  readonly #deps: QueryDeps;
  readonly #folder: string;
  readonly #nowMs: () => number;
  readonly #bytesMax: number;
  readonly #jobs = new Map<string, ExportJob>();
  #queue: Promise<void> = Promise.resolve();

  private constructor(deps: QueryDeps, folder: string, options: ExportJobOptions) {
    this.#deps = deps;
    this.#folder = folder;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#bytesMax = options.bytesMax ?? Infinity;
  }

  /** Opens the folder, and removes what an earlier process left in it. */
  static async open(
    deps: QueryDeps,
    folder: string,
    options: ExportJobOptions = {},
  ): Promise<ExportJobs> {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    for await (const { name } of Deno.readDir(folder)) {
      if (/^[0-9a-f]{32}$/.test(name)) await Deno.remove(`${folder}/${name}`, { recursive: true });
    }
    return new ExportJobs(deps, folder, options);
  }

  /** @throws {ProblemError} `too-many-requests`, `export-space`. */
  async start(order: ExportOrder): Promise<ExportJob> {
    await this.#forgetExpired();
    if (this.#spooledBytes >= this.#bytesMax) throw this.#noRoom();
    const waiting = [...this.#jobs.values()].filter(({ expiresAtMs }) => expiresAtMs === null);
    // The queue is everybody's: one site must not be able to fill it for the others.
    const own = waiting.filter((job) => job.order.siteId === order.siteId);
    if (waiting.length >= WAITING_MAX || own.length >= WAITING_OF_SITE_MAX) {
      throw new ProblemError("too-many-requests", {
        detail: "Too many exports wait already",
        retryAfterSeconds: 60,
      });
    }
    const job: ExportJob = {
      id: crypto.getRandomValues(new Uint8Array(16)).toHex(),
      order,
      state: "waiting",
      progress: 0,
      spooledBytes: 0,
      byteLength: null,
      expiresAtMs: null,
      reason: null,
      problem: null,
      files: [],
    };
    this.#jobs.set(job.id, job);
    this.#queue = this.#queue.then(() => this.#run(job));
    return job;
  }

  /** How many jobs are in each state, and bytes of their files. */
  figures(): { readonly states: Readonly<Record<string, number>>; readonly bytes: number } {
    const states: Record<string, number> = {};
    for (const { state } of this.#jobs.values()) states[state] = (states[state] ?? 0) + 1;
    return { states, bytes: this.#spooledBytes };
  }

  /** A job of a site; one that has expired is not there. */
  async find(siteId: number, id: string): Promise<ExportJob | undefined> {
    await this.#forgetExpired();
    const job = this.#jobs.get(id);
    return job?.order.siteId === siteId ? job : undefined;
  }

  /** Ends all jobs that somebody asked for who is shut out. */
  async cancelOf(siteId: number, actor: string): Promise<void> {
    const own = [...this.#jobs.values()].filter(({ order }) =>
      order.siteId === siteId && order.actor === actor
    );
    for (const job of own) await this.cancel(job);
  }

  /** Ends a job, wherever it stands; its files go. */
  async cancel(job: ExportJob): Promise<void> {
    job.state = "cancelled";
    await this.#forget(job);
  }

  /**
   * The bytes of a bundle that is ready, as one tar.
   *
   * @throws {ProblemError} `export-not-found`: the patient was erased since.
   */
  async tar(job: ExportJob): Promise<AsyncIterable<Uint8Array>> {
    const spool = await this.#spoolOf(job);
    async function* pieces(): AsyncIterable<Uint8Array> {
      for (const { path, byteLength } of job.files) {
        yield tarHeader({ path, byteLength });
        yield* spool.pieces(path);
        yield new Uint8Array(tarPadding(byteLength));
      }
      yield new Uint8Array(TAR_END_BYTES);
    }
    return pieces();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  /** Cancels what is under way and removes every file. */
  async close(): Promise<void> {
    for (const job of this.#jobs.values()) await this.cancel(job);
    await this.#queue;
  }

  async #run(job: ExportJob): Promise<void> {
    const { audit, logger } = this.#deps;
    const { siteId, actor, requestId, recording: { recordingId } } = job.order;
    const scope = scopeOf(job.order);
    const tell = (kind: "made" | "refused", detail: Record<string, string | number>) =>
      audit.recordExport({
        ...{ siteId, actor, requestId, recordingId, kind },
        detail: { ...detail, ...scope },
      });
    if (job.state === "cancelled") return;
    try {
      await Deno.mkdir(`${this.#folder}/${job.id}`, { mode: 0o700 });
      const spool = await this.#make(job);
      if (await this.#checks(job, spool)) {
        const byteLength = spool.files.reduce(
          (sum, file) => sum + tarEntryBytes(file.byteLength),
          0,
        );
        await tell("made", { job: job.id, bytes: byteLength + TAR_END_BYTES });
        job.files = spool.files;
        job.byteLength = byteLength + TAR_END_BYTES;
        job.progress = 1;
        job.state = "ready";
      } else {
        await tell("refused", { job: job.id, reason: "differs" });
        job.state = "refused";
      }
    } catch (error) {
      // Whoever cancelled it has removed its files, too.
      if ((job.state as ExportState) === "cancelled") return await this.#removeFiles(job);
      job.state = "refused";
      job.problem = problemOf(error);
      job.reason = job.problem.message;
      logger.error("export refused", { error, job: job.id });
      await tell("refused", { job: job.id, reason: job.problem.slug }).catch((cause) => {
        logger.error("export not recorded", { error: cause });
      });
    }
    job.expiresAtMs = this.#nowMs() + KEPT_MS;
    if (job.state !== "ready") await this.#removeFiles(job);
  }

  async #make(job: ExportJob): Promise<SealedSpool> {
    const { order } = job;
    if (job.state === "cancelled") throw new ProblemError("export-not-found");
    job.state = "writing";
    const access = {
      principal: { siteId: order.siteId, subject: order.actor },
      recordingId: order.recording.recordingId,
      purpose: order.names === undefined ? "care" : "research",
    } as const;
    await this.#deps.consents.require(access);
    const snapshot = await takeSnapshot(this.#deps, order.siteId, order.recording);
    if (snapshot.recording.key === undefined) {
      throw new ProblemError("export-impossible", { detail: "The patient was erased" });
    }
    const deadline = this.#nowMs() + LOG_WAIT_MS;
    let restricted: { readonly reason: unknown } | undefined;
    const stopWatching = this.#deps.consents.watch(access, (reason) => restricted = { reason });
    const check = () => {
      if (job.state === "cancelled") throw new ProblemError("export-not-found");
      if (restricted !== undefined) throw restricted.reason;
    };
    try {
      return await this.#write(job, { snapshot, deadline, check });
    } finally {
      stopWatching();
    }
  }

  /** Writes it, again if the log is not there yet. */
  async #write(
    job: ExportJob,
    { snapshot, deadline, check }: {
      readonly snapshot: BundleSnapshot;
      readonly deadline: number;
      readonly check: () => void;
    },
  ): Promise<SealedSpool> {
    const { order } = job;
    for (let attempt = 0;; attempt++) {
      const folder = `${this.#folder}/${job.id}/${attempt}`;
      await Deno.mkdir(folder, { mode: 0o700 });
      job.spooledBytes = 0;
      const spool = new SealedSpool(folder, spoolKey(snapshot.recording.key!), {
        beforeWrite: (byteLength) => {
          if (this.#spooledBytes + byteLength > this.#bytesMax) throw this.#noRoom();
          job.spooledBytes += byteLength;
        },
      });
      try {
        const onProgress = (done: number, total: number) => {
          job.progress = Math.min(0.7, 0.7 * done / Math.max(1, total));
        };
        const common = { snapshot, spool, onProgress, check };
        if (order.bids === undefined) {
          const madeAt = new Date(this.#nowMs()).toISOString();
          const { earlierSizes, original } = order;
          await writeBundle(this.#deps, { ...common, earlierSizes, original, madeAt });
        } else if (order.names === undefined) {
          await writeBids(this.#deps, { ...common, options: order.bids });
        } else {
          const shown = researchSnapshot(snapshot, order.names);
          await writeBids(this.#deps, { ...common, ...shown, options: order.bids });
        }
        return spool;
      } catch (error) {
        const isEarly = error instanceof ProblemError && error.slug === notReady().slug;
        if (!isEarly || this.#nowMs() > deadline) throw error;
        await Deno.remove(folder, { recursive: true });
        await new Promise((resolve) => setTimeout(resolve, LOG_WAIT_STEP_MS));
        check();
      }
    }
  }

  /** Whether another reader finds in the bundle what the log holds. */
  async #checks(job: ExportJob, spool: SealedSpool): Promise<boolean> {
    // A dataset has no proof: each of its files was read back as it was written.
    if (job.order.bids !== undefined) return true;
    job.state = "checking";
    job.progress = 0.7;
    const { findings, moreFindings } = await verifyBundle(spool.source(), {
      policy: null,
      crypto: {
        sha256: nodeSha256,
        verify: ({ publicKey, message, signature }) =>
          Promise.resolve(verifyEd25519(publicKey, message, signature)),
      },
      startSha256: () => createHash("sha256"),
    });
    if (findings.length === 0) return true;
    const [first] = findings;
    job.reason = `${findings.length + moreFindings} findings, the first: ${
      describeFinding(first!)
    }`;
    job.problem = new ProblemError("integrity-failed", {
      detail: `Cannot give the bundle: ${job.reason}`,
    });
    this.#deps.logger.error("export differs from the log", {
      job: job.id,
      recordingId: job.order.recording.recordingId,
      findings: findings.slice(0, 20).map(describeFinding),
    });
    return false;
  }

  /** The spool of a job that is ready, under the key as it is there now. */
  async #spoolOf(job: ExportJob): Promise<SealedSpool> {
    const { order: { siteId, recording } } = job;
    const { recording: { key } } = await takeSnapshot(this.#deps, siteId, recording);
    if (key === undefined) throw new ProblemError("export-not-found");
    const folder = `${this.#folder}/${job.id}`;
    const attempts: string[] = [];
    for await (const { name } of Deno.readDir(folder)) attempts.push(name);
    return new SealedSpool(`${folder}/${attempts[0]}`, spoolKey(key), { files: job.files });
  }

  async #forgetExpired(): Promise<void> {
    for (const job of this.#jobs.values()) {
      if (job.expiresAtMs !== null && job.expiresAtMs <= this.#nowMs()) await this.#forget(job);
    }
  }

  async #forget(job: ExportJob): Promise<void> {
    this.#jobs.delete(job.id);
    await this.#removeFiles(job);
  }

  /** Of all jobs, on disk now. */
  get #spooledBytes(): number {
    let sum = 0;
    for (const { spooledBytes } of this.#jobs.values()) sum += spooledBytes;
    return sum;
  }

  #noRoom(): ProblemError {
    const ends = [...this.#jobs.values()].flatMap(({ spooledBytes, expiresAtMs }) =>
      spooledBytes > 0 && expiresAtMs !== null ? [expiresAtMs - this.#nowMs()] : []
    );
    return new ProblemError("export-space", {
      detail: "Exports that wait to be fetched take all the room there is for them",
      retryAfterSeconds: Math.max(1, Math.ceil(Math.min(KEPT_MS, ...ends) / 1000)),
    });
  }

  async #removeFiles(job: ExportJob): Promise<void> {
    job.spooledBytes = 0;
    await Deno.remove(`${this.#folder}/${job.id}`, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** What an event says of an export with files as they were handed in. */
export function scopeOf(
  { original, names }: Pick<ExportOrder, "original" | "names">,
): Record<string, string> {
  if (names !== undefined) return { scope: "research" };
  return original ? { scope: "identity" } : {};
}

function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof IntegrityError) {
    return new ProblemError("integrity-failed", {
      detail: "Cannot give the bundle: something stored is not what was stored",
      cause: error,
    });
  }
  return new ProblemError("internal", { detail: "The export ended early", cause: error });
}
