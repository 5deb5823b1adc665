/**
 * One pass over one place: a stream's chunks from where the last process left them, or everything of a
 * recording that is no chunk.
 *
 * @module
 */

import { isCoreError } from "@wavekeep/core/error";
import { ProblemError } from "@wavekeep/core/problem";
import { type KeyStore, recordingKeyPlace, unwrapKey } from "@wavekeep/core/crypto";
import type { Logger } from "@wavekeep/core/service";
import { sampleRate } from "@wavekeep/core/time";
import { type RecordingSecrets, secretsOf } from "../recording_key.ts";
import type { StoredSets } from "../stored_sets.ts";
import { readValidSet } from "../valid_set.ts";
import {
  checkChunks,
  type ChunkBefore,
  type OpenedStream,
  signatureFindings,
} from "./check_chunks.ts";
import { checkNouns } from "./check_nouns.ts";
import type { Finding } from "./finding.ts";
import type { Pace } from "./pace.ts";
import type {
  ScrubbedRecording,
  ScrubbedStream,
  ScrubPlace,
  ScrubProgress,
  ScrubStore,
} from "./scrub_store.ts";
import { SignatureWalk } from "./signature_walk.ts";

/** What scrubbing needs of the world. */
export interface ScrubDeps {
  readonly store: ScrubStore;
  readonly keyStore: KeyStore;
  readonly sets: Pick<StoredSets, "find">;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** How a pass is made. */
export interface PassOptions {
  readonly signal: AbortSignal;
  readonly pace: Pace;
  /** Everything is decoded; otherwise one chunk in {@link DEEP_SHARE}, another one with each pass. */
  readonly isDeep: boolean;
  /** From the beginning, wherever the last process stood. */
  readonly isWhole: boolean;
  readonly onChecked: (count: number) => void;
}

/** What a pass came to. */
export interface PassResult {
  readonly checkedCount: number;
  readonly findings: readonly Finding[];
  readonly isErased: boolean;
}

/** After so many passes every chunk has been decoded again. */
export const DEEP_SHARE = 32;

/** Rows fetched at once: 4 MB at the size of a raw chunk. */
const ROWS_PER_PAGE = 256;

/** Progress is written this often. */
const SAVE_MS = 2_000;

/** Of a recording's row; nothing of it is needed to open its sets. */
const NO_FACTS = { notifyNumber: "0", contentDigest: null, isClosed: false, openedBy: null };

const ERASED: PassResult = { checkedCount: 0, findings: [], isErased: true };

/** One pass over the chunks of a stream. */
export async function scrubStream(
  deps: ScrubDeps,
  stream: ScrubbedStream,
  options: PassOptions,
): Promise<PassResult> {
  const { store } = deps;
  const { recording, progress } = stream;
  const { siteId } = recording;
  const place = placeOf(stream);
  const secrets = await openSecrets(deps, recording);
  if (!isSecrets(secrets)) {
    // Nothing of it opens: the finding is the recording's, and is told with its other rows.
    return await finishAtOnce(deps, siteId, place, secrets === "erased");
  }
  const opened: OpenedStream = {
    stream,
    rate: sampleRate(stream.rateSamples, stream.rateSeconds),
    secrets,
  };
  const isResumed = !options.isWhole && progress.nextSequence > 0;
  const startedAtMs = deps.nowMs();
  const end = await store.endSequence(siteId, place);
  // The row before is read again for its digest: the first link is checked like all others.
  const first = isResumed ? progress.nextSequence - 1 : 0;
  const isDeep = (sequence: number) =>
    options.isDeep || sequence % DEEP_SHARE === progress.passCount % DEEP_SHARE;
  const findSet = async (digest: Uint8Array) => {
    const set = await deps.sets.find({ ...recording, ...NO_FACTS }, digest).catch(isBadSet);
    return set && readValidSet(set);
  };
  const book = new Book(deps, siteId, place, startedAtMs);
  const signatures = new SignatureWalk(stream.signing);
  let isTail = true;
  let before: ChunkBefore | undefined;
  let next = store.chunks(siteId, place, { start: first, limit: ROWS_PER_PAGE });
  while (!options.signal.aborted) {
    const rows = await next;
    const last = rows.at(-1);
    if (last === undefined) break;
    // What comes while this page is checked is there when it is done.
    next = last.sequence + 1 < end
      ? store.chunks(siteId, place, { start: last.sequence + 1, limit: ROWS_PER_PAGE })
      : Promise.resolve([]);
    next.catch(() => {});
    const findings = await checkChunks(rows, opened, { before, isDeep, signatures, findSet });
    isTail = rows.length < ROWS_PER_PAGE;
    before = "unreadable" in last ? undefined : last;
    await book.add(rows.length, findings, last.sequence + 1);
    options.onChecked(rows.length);
    await options.pace.spend(rows.length, options.signal);
  }
  await next.catch(() => []);
  // A page that is full may end within a run, whose signed end came after this pass had begun.
  if (!options.signal.aborted && isTail) {
    await book.add(0, signatureFindings(opened, signatures.end()));
  }
  return await book.close(!options.signal.aborted);
}

/** One pass over everything of a recording that is no chunk. */
export async function scrubNouns(
  deps: ScrubDeps,
  recording: ScrubbedRecording,
): Promise<PassResult> {
  const { siteId, recordingId } = recording;
  const place: ScrubPlace = { recordingId, segmentNumber: -1, stream: -1 };
  const secrets = await openSecrets(deps, recording);
  if (secrets === "erased") return await finishAtOnce(deps, siteId, place, true);
  const book = new Book(deps, siteId, place, deps.nowMs());
  if (!isSecrets(secrets)) {
    await book.add(1, [secrets], 0);
    return await book.close(true);
  }
  const rows = await deps.store.nouns(siteId, recordingId);
  const count = Object.values(rows).reduce((sum, list) => sum + list.length, 1);
  await book.add(count, checkNouns(recording, secrets.key, rows), 0);
  return await book.close(true);
}

/** A set whose two copies are damaged is as good as none; the finding of itself is among the nouns. */
function isBadSet(error: unknown): undefined {
  if (error instanceof ProblemError && error.slug === "integrity-failed") return undefined;
  throw error;
}

/** Whether a place is due: not checked for this long, or in the middle of a pass. */
export function isDue(
  { nextSequence, verifiedAtMs }: ScrubProgress,
  { nowMs, againMs }: { readonly nowMs: number; readonly againMs: number },
): boolean {
  return nextSequence > 0 || verifiedAtMs === null || nowMs - verifiedAtMs >= againMs;
}

/** Counts what a pass does and writes it down. */
class Book {
  readonly #deps: ScrubDeps;
  readonly #siteId: number;
  readonly #place: ScrubPlace;
  readonly #startedAtMs: number;
  readonly #findings: Finding[] = [];
  #checked = 0;
  #unsaved = { checked: 0, findings: 0 };
  #nextSequence = 0;
  #savedAtMs: number;

  constructor(deps: ScrubDeps, siteId: number, place: ScrubPlace, startedAtMs: number) {
    this.#deps = deps;
    this.#siteId = siteId;
    this.#place = place;
    this.#startedAtMs = startedAtMs;
    this.#savedAtMs = startedAtMs;
  }

  async add(
    count: number,
    findings: readonly Finding[],
    nextSequence = this.#nextSequence,
  ): Promise<void> {
    this.#checked += count;
    this.#unsaved.checked += count;
    this.#unsaved.findings += findings.length;
    this.#nextSequence = nextSequence;
    // Findings first: progress that outran them would leave them behind.
    if (findings.length > 0) {
      this.#findings.push(...findings);
      const news = await this.#deps.store.report(this.#siteId, findings);
      for (const { cause, chunk, ...finding } of news) {
        this.#deps.logger.error("integrity failed", { ...finding, ...chunk, error: cause });
      }
    }
    const now = this.#deps.nowMs();
    if (now - this.#savedAtMs < SAVE_MS) return;
    this.#savedAtMs = now;
    await this.#save(false);
  }

  async close(isFinished: boolean): Promise<PassResult> {
    await this.#save(isFinished);
    return { checkedCount: this.#checked, findings: this.#findings, isErased: false };
  }

  async #save(isFinished: boolean): Promise<void> {
    const { checked, findings } = this.#unsaved;
    this.#unsaved = { checked: 0, findings: 0 };
    await this.#deps.store.saveProgress(this.#siteId, this.#place, {
      nextSequence: this.#nextSequence,
      startedAtMs: this.#startedAtMs,
      isFinished,
      checkedCount: checked,
      findingCount: findings,
    });
  }
}

/**
 * The keys of a recording; `erased`, or what is wrong with its data key. Unwrapped each time: what was kept
 * from before would hide that the row has changed since.
 */
async function openSecrets(
  { keyStore }: ScrubDeps,
  { siteId, recordingId, patientUuid, wrappedKey }: ScrubbedRecording,
): Promise<RecordingSecrets | "erased" | Finding> {
  const patientKey = await keyStore.patientKey(patientUuid);
  if (patientKey === undefined) return "erased";
  try {
    return secretsOf(unwrapKey(patientKey, recordingKeyPlace(siteId, recordingId), wrappedKey));
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    return { recordingId, thing: "data-key", place: "data-key", failed: "seal", cause };
  }
}

function isSecrets(found: RecordingSecrets | "erased" | Finding): found is RecordingSecrets {
  return found !== "erased" && "saltOf" in found;
}

async function finishAtOnce(
  deps: ScrubDeps,
  siteId: number,
  place: ScrubPlace,
  isErased: boolean,
): Promise<PassResult> {
  await new Book(deps, siteId, place, deps.nowMs()).close(true);
  return isErased ? ERASED : { ...ERASED, isErased: false };
}

function placeOf(
  { recording: { recordingId }, segmentNumber, stream }: ScrubbedStream,
): ScrubPlace {
  return { recordingId, segmentNumber, stream };
}
