/**
 * Recordings that were opened a moment ago, so that a page turn does not unwrap, unseal and parse what the
 * page before has.
 *
 * Sole owner of keeping anything opened beyond a request. What is kept is only ever handed out while the
 * patient's key is there and is the one it was opened with, so that an erasure is seen by the next request
 * that sees the key gone; and it only counts while the recording stands where it stood (`standsAsOpened`),
 * so that a new segment or statement is seen at once. Hazard: data keys and channel names are held in
 * memory: bounded in channels and in age, never logged.
 *
 * @module
 */

import { equalBytes } from "@wavekeep/core/bytes";
import type { KeyStore } from "@wavekeep/core/crypto";
import type { OpenRecording } from "./open_recording.ts";
import type { RecordingPosition, RecordingStanding } from "./store/query_store.ts";
import { nameChannels, type NamedChannel } from "./window/channel_names.ts";

/** Channels kept: those of some 900 recordings of 23, about 10 MB. */
const CHANNELS_MAX = 20_000;

/** How long a recording is kept after it was opened, however often it is used. */
const KEPT_MS_MAX = 5 * 60_000;

/** A recording, open, with what follows from it alone. */
export interface OpenedRecording {
  readonly recording: OpenRecording;
  readonly incarnation: number;
  /** Every channel under its name. */
  readonly named: readonly NamedChannel[];
}

interface Kept {
  readonly opened: OpenedRecording;
  readonly untilMs: number;
}

/** Opened recordings by site and codes. Safe for concurrent use. */
export class OpenedRecordings {
  readonly #keys: Pick<KeyStore, "patientKey">;
  readonly #channelsMax: number;
  readonly #nowMs: () => number;
  /** The one used longest ago first. */
  readonly #kept = new Map<string, Kept>();
  #channelCount = 0;

  constructor(
    keys: Pick<KeyStore, "patientKey">,
    options: { channelsMax?: number; nowMs?: () => number } = {},
  ) {
    this.#keys = keys;
    this.#channelsMax = options.channelsMax ?? CHANNELS_MAX;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Channels held. */
  get channelCount(): number {
    return this.#channelCount;
  }

  /** A recording that was opened a moment ago, if its patient's key is still the one it was opened with. */
  async find(siteId: number, codes: RecordingPosition): Promise<OpenedRecording | undefined> {
    const name = nameOf(siteId, codes);
    const kept = this.#kept.get(name);
    if (kept === undefined) return undefined;
    const { stored, patientKey } = kept.opened.recording;
    const current = await this.#keys.patientKey(stored.patientUuid);
    const isGood = kept.untilMs > this.#nowMs() && current !== undefined &&
      patientKey !== undefined && equalBytes(current, patientKey);
    // Somebody else may have forgotten or replaced it while the key was looked up.
    if (this.#kept.get(name) !== kept) return undefined;
    this.#forget(name);
    if (!isGood) return undefined;
    this.#put(name, kept);
    return kept.opened;
  }

  /** Keeps a recording that was just opened; of an erased patient there is nothing to keep. */
  keep(recording: OpenRecording, incarnation: number): OpenedRecording {
    const opened = { recording, incarnation, named: nameChannels(recording.streams) };
    const name = nameOf(recording.stored.siteId, recording.stored);
    this.#forget(name);
    if (recording.key === undefined) return opened;
    const now = this.#nowMs();
    for (const [other, { untilMs }] of this.#kept) if (untilMs <= now) this.#forget(other);
    this.#put(name, { opened, untilMs: now + KEPT_MS_MAX });
    for (const oldest of this.#kept.keys()) {
      if (this.#channelCount <= this.#channelsMax) break;
      this.#forget(oldest);
    }
    return opened;
  }

  #put(name: string, kept: Kept): void {
    this.#kept.set(name, kept);
    this.#channelCount += weightOf(kept);
  }

  #forget(name: string): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#kept.delete(name);
    this.#channelCount -= weightOf(kept);
  }
}

/**
 * The recording as it stands now, or undefined when it is no longer what was opened: a segment, a stream or
 * a statement has come, it was closed, or a backup was restored. Rows are never changed, so that equal
 * counts are equal rows.
 */
export function standsAsOpened(
  { recording, incarnation }: OpenedRecording,
  standing: RecordingStanding,
): OpenRecording | undefined {
  const { stored, segments, streams, statements } = recording;
  const isSame = standing.incarnation === incarnation &&
    standing.segmentCount === segments.length &&
    standing.statementCount === statements.length &&
    standing.isClosed === stored.isClosed &&
    standing.streams.length === streams.length &&
    streams.every(({ segmentNumber, stream }, index) =>
      standing.streams[index]!.segmentNumber === segmentNumber &&
      standing.streams[index]!.stream === stream
    );
  if (!isSame) return undefined;
  return {
    ...recording,
    streams: streams.map((stream, index) => ({ ...stream, last: standing.streams[index]!.last })),
  };
}

function weightOf({ opened: { named } }: Kept): number {
  // A recording without channels is one all the same.
  return named.length + 1;
}

function nameOf(siteId: number, { patientCode, recordingCode }: RecordingPosition): string {
  return `${siteId} ${patientCode} ${recordingCode}`;
}
