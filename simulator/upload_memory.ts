/**
 * What a device must remember to go on where it stopped: the random parts of its segments.
 *
 * Sole owner of the files in DATA/simulator. One file per (site, patient, recording), written before the
 * server hears of a segment, so a device that dies in between opens the same segment again and not a
 * second one. A lock on the file keeps two simulators from streaming one recording.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { CivilStart } from "@wavekeep/core/recording";
import { sleep } from "@wavekeep/core/service/sleep";

const RememberedSegment = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  salt: z.string().regex(/^[0-9a-f]{64}$/),
  /** Digest of the device's segment before this one, or null. */
  previousDigest: z.string().regex(/^[0-9a-f]{64}$/).nullable(),
  /** Seconds from recording start; only for sources that chose it when the segment began. */
  startSeconds: z.string().nullable(),
  /** How its chunks are signed, for good; memories of before there were keys say nothing of it. */
  signing: z.strictObject({
    policy: z.enum(["chunk", "run"]),
    keyId: z.string().regex(/^[0-9a-f]{64}$/),
  }).nullable().default(null),
  /** Whether the end was stated to the server. */
  ended: z.boolean(),
  /**
   * Chunks that were made of each stream, where the source does not know the end by itself: what a server
   * that was restored from a backup has to be given again.
   */
  made: z.array(z.int().min(0)).default([]),
});
export type RememberedSegment = z.infer<typeof RememberedSegment>;

const Memory = z.strictObject({
  version: z.literal(1),
  site: z.int(),
  patient: z.string(),
  recording: z.string(),
  startedAt: CivilStart.nullable().optional(),
  /** Facts a source fixed at its first start, such as hours of backfill. */
  facts: z.record(z.string(), z.string()),
  segments: z.record(z.string(), RememberedSegment),
  /** The newest life of the server's database that was heard of; 0 in memories of before. */
  incarnation: z.int().min(0).default(0),
});
type Memory = z.infer<typeof Memory>;

/** What a segment begins with. */
export interface FreshSegment {
  readonly previousDigest: string | null;
  readonly startSeconds?: string;
  /** Unsigned when absent. */
  readonly signing?: RememberedSegment["signing"];
  /** Id and salt where the source gives them; random otherwise. */
  readonly identity?: { readonly id: string; readonly salt: string };
}

/** The memory of one recording. Each method's result is on disk when it resolves. */
export interface UploadMemory {
  readonly siteId: number;
  /** Civil start as it was first told; `proposed` becomes it the first time. */
  startedAt(proposed: CivilStart | null): Promise<CivilStart | null>;
  /** A fact as it was first told; `proposed` becomes it the first time. */
  fact(name: string, proposed: string): Promise<string>;
  /** The segment of this key; made the first time. */
  segment(
    key: string,
    fresh: FreshSegment,
  ): Promise<RememberedSegment>;
  /** All segments, by key. */
  segments(): ReadonlyMap<string, RememberedSegment>;
  /** Notes that the end of a segment was stated. */
  markEnded(key: string): Promise<void>;
  /** Notes that the chunks of a stream below `end` were made: before they are sent. */
  markMade(key: string, stream: number, end: number): Promise<void>;
  /** The newest incarnation that was heard of; 0 before the first. */
  readonly incarnation: number;
  /** Notes an incarnation; older ones change nothing. */
  markIncarnation(incarnation: number): Promise<void>;
  /** Lets go of the lock. */
  close(): void;
}

/** Half a second in all. */
const LOCK_ATTEMPTS = 11;
const LOCK_AGAIN_MS = 50;

/**
 * Opens the memory of one recording.
 *
 * @throws {Error} Another simulator holds it, or the file is not ours to read.
 */
export async function openUploadMemory(
  folder: string,
  of: { siteId: number; patientId: string; recordingId: string },
): Promise<UploadMemory> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const name = createHash("sha256")
    .update(JSON.stringify([of.siteId, of.patientId, of.recordingId])).digest("hex").slice(0, 32);
  const path = join(folder, `${name}.json`);
  const lock = await Deno.open(`${path}.lock`, { write: true, create: true, mode: 0o600 });
  try {
    if (!await locked(lock)) {
      throw new Error(
        `Cannot stream recording ${of.recordingId} of ${of.patientId}: another simulator is ` +
          `streaming it from ${folder}`,
      );
    }
    return new FileMemory(path, lock, await load(path, of));
  } catch (error) {
    lock.close();
    throw error;
  }
}

/**
 * Whether the file is ours now. Who has just ended may still seem to hold it: a program that was being started at
 * that moment has its files for some milliseconds.
 */
async function locked(file: Deno.FsFile): Promise<boolean> {
  for (let attempt = 1;; attempt++) {
    if (await file.tryLock(true)) return true;
    if (attempt === LOCK_ATTEMPTS) return false;
    await sleep(LOCK_AGAIN_MS);
  }
}

class FileMemory implements UploadMemory {
  readonly #path: string;
  readonly #lock: Deno.FsFile;
  readonly #memory: Memory;
  #saving: Promise<void> = Promise.resolve();

  constructor(path: string, lock: Deno.FsFile, memory: Memory) {
    this.#path = path;
    this.#lock = lock;
    this.#memory = memory;
  }

  get siteId(): number {
    return this.#memory.site;
  }

  async startedAt(proposed: CivilStart | null): Promise<CivilStart | null> {
    if (this.#memory.startedAt === undefined) {
      this.#memory.startedAt = proposed;
      await this.#save();
    }
    return this.#memory.startedAt;
  }

  async fact(name: string, proposed: string): Promise<string> {
    const known = this.#memory.facts[name];
    if (known !== undefined) return known;
    this.#memory.facts[name] = proposed;
    await this.#save();
    return proposed;
  }

  async segment(
    key: string,
    fresh: FreshSegment,
  ): Promise<RememberedSegment> {
    const known = this.#memory.segments[key];
    if (known !== undefined) return known;
    const segment: RememberedSegment = {
      id: fresh.identity?.id ?? randomBytes(16).toString("hex"),
      salt: fresh.identity?.salt ?? randomBytes(32).toString("hex"),
      previousDigest: fresh.previousDigest,
      startSeconds: fresh.startSeconds ?? null,
      signing: fresh.signing ?? null,
      ended: false,
      made: [],
    };
    this.#memory.segments[key] = segment;
    await this.#save();
    return segment;
  }

  segments(): ReadonlyMap<string, RememberedSegment> {
    return new Map(Object.entries(this.#memory.segments));
  }

  async markEnded(key: string): Promise<void> {
    const segment = this.#memory.segments[key];
    if (segment === undefined || segment.ended) return;
    this.#memory.segments[key] = { ...segment, ended: true };
    await this.#save();
  }

  async markMade(key: string, stream: number, end: number): Promise<void> {
    const segment = this.#memory.segments[key];
    if (segment === undefined || (segment.made[stream] ?? 0) >= end) return;
    const count = Math.max(segment.made.length, stream + 1);
    const made = Array.from(
      { length: count },
      (_, each) => each === stream ? end : segment.made[each] ?? 0,
    );
    this.#memory.segments[key] = { ...segment, made };
    await this.#save();
  }

  get incarnation(): number {
    return this.#memory.incarnation;
  }

  async markIncarnation(incarnation: number): Promise<void> {
    if (incarnation <= this.#memory.incarnation) return;
    this.#memory.incarnation = incarnation;
    await this.#save();
  }

  close(): void {
    // By itself, too: closed alone, it is held for as long as anybody else has the file open.
    this.#lock.unlockSync();
    this.#lock.close();
  }

  /** One write after the other, each whole or not at all. */
  #save(): Promise<void> {
    const text = JSON.stringify(this.#memory, null, 1);
    return this.#saving = this.#saving.then(() => writeWhole(this.#path, text));
  }
}

async function load(
  path: string,
  of: { siteId: number; patientId: string; recordingId: string },
): Promise<Memory> {
  try {
    return Memory.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw new Error(`Cannot read upload memory ${path}: it is damaged`, { cause: error });
    }
  }
  return {
    version: 1,
    site: of.siteId,
    patient: of.patientId,
    recording: of.recordingId,
    facts: {},
    segments: {},
    incarnation: 0,
  };
}

async function writeWhole(path: string, text: string): Promise<void> {
  // Bytes to disk before the name: a power cut leaves the old memory or the new one.
  const draft = `${path}.new`;
  const file = await Deno.open(draft, { write: true, create: true, truncate: true, mode: 0o600 });
  try {
    const bytes = new TextEncoder().encode(text);
    let at = 0;
    while (at < bytes.byteLength) at += await file.write(bytes.subarray(at));
    await file.sync();
  } finally {
    file.close();
  }
  await Deno.rename(draft, path);
}
