/**
 * One device: a source, its memory, and the conversation with ingest.
 *
 * The order matters and is the whole of resuming: remember the segment's random parts, then open the
 * segment, then state its end, then ask what is there, then send what is missing. A device killed at any
 * point does the same again and ends with the same segment.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  descriptorDigest,
  encodeSegmentRecord,
  recordingReference,
  segmentDigest,
} from "@wavekeep/core/chunk";
import { formatHex, parseHex } from "@wavekeep/core/bytes";
import {
  createStreamEncoder,
  type StreamEncoder,
  type StreamEncoderOptions,
} from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { toNumber } from "@wavekeep/core/time";
import type { SegmentState } from "@wavekeep/core/wire";
import { clockObservation, endStatements, recordingOpening } from "./device_requests.ts";
import type {
  DeviceSource,
  SourceClockObservation,
  SourceMark,
  SourceSegment,
} from "./device_source.ts";
import { contentIdentity } from "./content_identity.ts";
import { wireSeconds } from "./edf_marks.ts";
import {
  frameChunk,
  frameWithoutSet,
  type OpenedSegment,
  runPlace,
  setRecordOf,
} from "./frame_chunk.ts";
import { type IngestClient, type RecordingCodes, RefusedError } from "./ingest_client.ts";
import { chunkEndSeconds, sampleAt, secondsAt, secondsMade } from "./segment_seconds.ts";
import { type DeviceSigning, freshSigning, segmentSigner } from "./segment_signer.ts";
import type { Pacer, Speed } from "./pacer.ts";
import { createPacer } from "./pacer.ts";
import type { RememberedSegment, UploadMemory } from "./upload_memory.ts";
import type { RetryDeps } from "./retry.ts";
import { ServerLife } from "./server_life.ts";
import { shownAhead } from "./shown_ahead.ts";
import { storedTest, streamPosition } from "./stream_position.ts";
import {
  BULK_LIMITS,
  createUploader,
  PACED_LIMITS,
  type UploadCounts,
  type Uploader,
  type UploaderLimits,
} from "./uploader.ts";

/** What a device has done so far. */
export interface DeviceProgress {
  /** Seconds of signal taken care of, over all segments; what was there already counts. */
  readonly doneSeconds: number;
  /** Where in the recording, in seconds from its start. */
  readonly positionSeconds: number;
  /** Samples of all channels that this run sent. */
  readonly samplesSent: number;
  readonly chunksStored: number;
  readonly chunksRepeated: number;
  /** On a relay's disk, or in a spool of the device's own. */
  readonly chunksHeld: number;
  readonly chunksRetried: number;
  /** Of the chunks stored or repeated: those coded across channels, by a parameter set. */
  readonly chunksAcrossChannels: number;
  /** Bytes of the chunks stored or repeated, and of the sets that the server took with them. */
  readonly bytesSent: number;
  /** Parameter sets that the server took. */
  readonly setsSent: number;
}

export interface DeviceOptions {
  readonly codes: RecordingCodes;
  readonly source: DeviceSource;
  readonly client: IngestClient;
  readonly memory: UploadMemory;
  readonly speed: Speed;
  /** Keeps time; made from `speed` at the first sample unless given. */
  readonly pacer?: Pacer;
  /** Stops the device between two chunks; what was added before is still delivered. */
  readonly stop?: AbortSignal;
  readonly onProgress?: (progress: DeviceProgress) => void;
  readonly onNotice?: (text: string) => void;
  /** How much at once; follows from `speed` unless given. */
  readonly limits?: UploaderLimits;
  /** How repeats of chunks wait; real time unless given. */
  readonly retryDeps?: RetryDeps;
  /** Awaited before each batch: where a backfill lets live data pass. */
  readonly gate?: () => Promise<void>;
  /** The device's wall clock, µs since 1970: compared with the server's when a segment opens. */
  readonly wallClockMicros?: () => bigint;
  /** Codes the chunks of one stream; the encoder that learns, unless given. */
  readonly createEncoder?: (options: StreamEncoderOptions) => StreamEncoder;
  /** Signs what it sends; unsigned when absent. A segment stays as it was begun. */
  readonly signing?: DeviceSigning | undefined;
  /** States the end of an open segment when stopped. */
  readonly endWhenStopped?: boolean;
  /** The server was restored from a backup; this device has begun again by itself. */
  readonly onRestored?: () => void;
}

const ANNOTATIONS_PER_REQUEST = 500;
/** A question that took longer says nothing about clocks: with repeats it may take minutes. */
const ROUND_TRIP_MICROS_MAX = 60_000_000n;
/** At full speed, seconds of signal whose marks go in one request: 1,199 requests became 21. */
const BULK_MARK_SECONDS = 60;

/**
 * Runs a device until its source ends or it is stopped.
 *
 * @returns What was done; every chunk in it has a receipt.
 * @throws {RefusedError} The server refused something for good.
 * @throws {GaveUpError} The server could not be reached for too long.
 */
export async function runDevice(options: DeviceOptions): Promise<DeviceProgress> {
  return await new Device(options).run();
}

class Device {
  readonly #options: DeviceOptions;
  readonly #reference: Uint8Array;
  #uploader: Uploader;
  readonly #life = new ServerLife();
  /** Of uploaders that a restored server has ended. */
  readonly #countsBefore: UploadCounts[] = [];
  #pacer: Pacer | undefined;
  #doneSeconds = 0;
  #positionSeconds = 0;
  #samplesSent = 0;
  /** By stream number and descriptor digest. */
  readonly #encoders = new Map<string, StreamEncoder>();
  #marksSentUpTo = -Infinity;
  readonly #markSeconds: number;

  constructor(options: DeviceOptions) {
    const { codes, speed } = options;
    this.#options = options;
    this.#pacer = options.pacer;
    this.#markSeconds = speed === "max" ? BULK_MARK_SECONDS : 0;
    this.#reference = recordingReference(codes.patientId, codes.recordingId, nodeSha256);
    this.#uploader = this.#createUploader();
  }

  #createUploader(): Uploader {
    const { client, speed, gate, limits, retryDeps } = this.#options;
    return createUploader(client, {
      limits: limits ?? (speed === "max" ? BULK_LIMITS : PACED_LIMITS),
      ...(retryDeps === undefined ? {} : { deps: retryDeps }),
      ...(gate === undefined ? {} : { gate }),
      onReceipt: ({ incarnation }) => this.#life.heard(incarnation),
    });
  }

  async run(): Promise<DeviceProgress> {
    while (true) {
      try {
        return await this.#runOnce();
      } catch (error) {
        if (this.#options.stop?.aborted || !this.#life.beginsAgain(error)) throw error;
        this.#options.onNotice?.("the server was restored from a backup: what it lacks goes again");
        this.#options.onRestored?.();
        this.#countsBefore.push(this.#uploader.counts);
        this.#uploader = this.#createUploader();
        this.#doneSeconds = 0;
        this.#marksSentUpTo = -Infinity;
      }
    }
  }

  /** From the beginning to the end, whatever of it is there already. */
  async #runOnce(): Promise<DeviceProgress> {
    const { codes, client, source, stop } = this.#options;
    await client.openRecording(recordingOpening(codes, source.startedAt));
    this.#life.opened();
    let previousDigest: string | null = null;
    for (const segment of source.segments) {
      if (stop?.aborted) break;
      const opened: OpenedSegment = await this.#openSegment(segment, previousDigest);
      previousDigest = opened.digestHex;
      const startSeconds = toNumber(segment.start);
      const resumeSeconds = startSeconds + secondsAt(segment, opened.from);
      this.#pacer ??= createPacer({ speed: this.#options.speed, fromSeconds: resumeSeconds });
      await this.#sendSegment(segment, opened, this.#pacer);
    }
    await this.#uploader.flush();
    // The last receipts may have been of another life than the first.
    this.#life.check();
    await this.#sendMarks(stop?.aborted ? this.#positionSeconds : Infinity);
    if (!stop?.aborted) {
      await this.#sendArtifacts();
      await this.#confirmLife(previousDigest);
    }
    return this.#progress();
  }

  /** Before it goes home: what a restore takes away after the last receipt, nobody else would notice. */
  async #confirmLife(lastDigest: string | null): Promise<void> {
    if (lastDigest === null) return;
    const { client, memory, source } = this.#options;
    const last = memory.segments().get(source.segments.at(-1)!.key);
    if (last === undefined) return;
    const { incarnation } = await client.segmentState(last.id);
    this.#life.heard(incarnation);
    this.#life.check();
  }

  async #openSegment(
    segment: SourceSegment,
    previousDigest: string | null,
  ): Promise<OpenedSegment> {
    const { codes, client, memory } = this.#options;
    const remembered = await memory.segment(segment.key, {
      previousDigest,
      signing: freshSigning(this.#options.signing),
      ...(segment.isContent
        ? { identity: contentIdentity({ siteId: memory.siteId, ...codes, key: segment.key }) }
        : {}),
    });
    const signer = segmentSigner(remembered, this.#options.signing);
    const descriptorDigests = segment.streams.map((stream) => descriptorDigest(stream, nodeSha256));
    const record = encodeSegmentRecord({
      signaturePolicy: signer?.policy ?? "none",
      recordingReference: this.#reference,
      segmentId: parseHex(remembered.id),
      keyId: signer?.keyId ?? null,
      openedMicros: segment.openedMicros,
      clock: segment.clock,
      previousSegmentDigest: remembered.previousDigest === null
        ? null
        : parseHex(remembered.previousDigest),
      salt: parseHex(remembered.salt),
      descriptorDigests,
    });
    const digest = segmentDigest(record, nodeSha256);
    await client.openSegment(codes, {
      "segment_record": Buffer.from(record).toString("base64"),
      signature: signer?.signSegment(digest) ?? null,
      "start_seconds": wireSeconds(segment.start),
      "start_uncertainty_seconds": segment.startUncertainty,
      streams: segment.streams.map((stream) => ({
        stream: stream.stream,
        rate: { samples: String(stream.rate.samples), seconds: String(stream.rate.seconds) },
        kind: stream.kind,
        channels: [...stream.channels],
      })),
    });
    // The end is told before the samples: what is still to come then shows as pending, not as absent.
    if (segment.sampleCounts !== null) {
      await this.#stateEnd(segment, remembered, segment.sampleCounts);
    }
    const state = await this.#askState(remembered);
    // Stated, and not known: a restore came between the two, and neither answer says so.
    if (segment.sampleCounts !== null && state.streams.some((each) => each.end_sequence === null)) {
      await this.#stateEnd(segment, remembered, segment.sampleCounts);
    }
    const from = segment.streams.map((_, stream) => streamPosition(state, stream).highWater);
    return {
      remembered,
      signer,
      digest,
      digestHex: formatHex(digest),
      descriptorDigests,
      state,
      from,
    };
  }

  /** Asks what is stored; the answer carries the server's time, so both clocks are seen at once. */
  async #askState(remembered: RememberedSegment): Promise<SegmentState> {
    const { client, wallClockMicros: now } = this.#options;
    const before = now?.() ?? 0n;
    const state = await client.segmentState(remembered.id);
    this.#life.heard(state.incarnation);
    this.#life.opened();
    await this.#options.memory.markIncarnation(state.incarnation);
    if (now === undefined) return state;
    const roundTrip = now() - before;
    // The wall clock was set meanwhile: what it said before is no observation of anything.
    if (roundTrip < 0n || roundTrip > ROUND_TRIP_MICROS_MAX) return state;
    await this.#sendClockObservation(remembered, {
      deviceTimeMicros: before + roundTrip / 2n,
      monotonicNs: 0n,
      referenceTimeMicros: Temporal.Instant.from(state.as_of).epochNanoseconds / 1000n,
      reference: state.held_by === undefined ? "server" : "relay",
      uncertaintyMicros: roundTrip / 2n + 1n,
    });
    return state;
  }

  async #sendClockObservation(
    remembered: RememberedSegment,
    seen: SourceClockObservation,
  ): Promise<void> {
    const { client, codes } = this.#options;
    await client.sendClockObservations(codes, clockObservation(remembered, seen));
  }

  async #stateEnd(
    segment: SourceSegment,
    remembered: RememberedSegment,
    sampleCounts: readonly number[],
  ): Promise<void> {
    const signer = segmentSigner(remembered, this.#options.signing);
    const ends = endStatements(segment, { remembered, signer, sampleCounts });
    await this.#options.client.sendStatements(remembered.id, ends);
    await this.#options.memory.markEnded(segment.key);
  }

  async #sendSegment(segment: SourceSegment, opened: OpenedSegment, pacer: Pacer): Promise<void> {
    const { stop, endWhenStopped } = this.#options;
    const isStored = segment.streams.map((_, stream) => storedTest(opened.state, stream));
    const previous = segment.streams.map((_, stream) =>
      streamPosition(opened.state, stream).highWaterDigest ?? opened.digest
    );
    const ends = segment.streams.map(({ rate }, stream) => sampleAt(rate, opened.from[stream]!));
    const alreadySeconds = secondsAt(segment, opened.from);
    const doneBefore = this.#doneSeconds;
    const encoders = this.#encodersFor(segment, opened);
    this.#doneSeconds = doneBefore + alreadySeconds;
    this.#positionSeconds = toNumber(segment.start) + alreadySeconds;
    this.#report();
    // After a restore, or a crash, ingest may have later chunks than the first that it lacks: an end is stated
    // behind all that was ever made, and a device that is told to stop sends those first.
    const madeSeconds = secondsMade(segment, opened.remembered.made);
    for await (const chunk of shownAhead(segment, opened.from, encoders)) {
      const seconds = chunkEndSeconds(segment, chunk);
      const position = toNumber(segment.start) + seconds;
      await pacer.waitUntil(position, stop).catch((error) => {
        if (!stop?.aborted) throw error;
      });
      if (stop?.aborted && !(endWhenStopped && seconds <= madeSeconds)) break;
      this.#life.check();
      const encoded = encoders[chunk.stream]!.encode(chunk.samples, chunk.sampleCount);
      const previousDigest = previous[chunk.stream]!;
      const { bytes, chunkDigest } = frameChunk(segment, opened, chunk, {
        encoded,
        previousDigest,
      });
      previous[chunk.stream] = chunkDigest;
      ends[chunk.stream] = chunk.firstSample + chunk.sampleCount;
      if (!isStored[chunk.stream]!(chunk.sequence)) {
        if (segment.sampleCounts === null) {
          await this.#options.memory.markMade(segment.key, chunk.stream, chunk.sequence + 1);
        }
        const set = setRecordOf(encoded.parameterSet);
        await this.#uploader.add({
          chunk: bytes,
          digest: formatHex(chunkDigest),
          set,
          withoutSet: () => frameWithoutSet(segment, opened, chunk, previousDigest),
          run: runPlace(opened, chunk, chunkDigest),
        });
        this.#samplesSent += chunk.samples.length;
      }
      this.#doneSeconds = doneBefore + seconds;
      this.#positionSeconds = position;
      this.#report();
      if (position - this.#marksSentUpTo >= this.#markSeconds) await this.#sendMarks(position);
    }
    if (stop?.aborted && endWhenStopped && segment.sampleCounts === null) {
      await this.#uploader.flush();
      await this.#stateEnd(segment, opened.remembered, ends);
    }
    if (!stop?.aborted && segment.clockObservation !== undefined) {
      await this.#sendClockObservation(opened.remembered, segment.clockObservation);
    }
  }

  /**
   * One encoder for each stream. A segment with the channels of one before goes on with its encoders: a
   * file of many runs would learn, and send, the same sets again and again.
   */
  #encodersFor(segment: SourceSegment, opened: OpenedSegment): StreamEncoder[] {
    const { createEncoder = createStreamEncoder } = this.#options;
    return segment.streams.map(({ kind, channels }, stream) => {
      const key = `${stream} ${formatHex(opened.descriptorDigests[stream]!)}`;
      const known = this.#encoders.get(key);
      if (known !== undefined) return known;
      const encoder = createEncoder({ kind, channelCount: channels.length });
      this.#encoders.set(key, encoder);
      return encoder;
    });
  }

  /** Sends what is known by now and was not sent; all of it again after a restart, harmlessly. */
  async #sendMarks(upToSeconds: number): Promise<void> {
    if (!(upToSeconds > this.#marksSentUpTo)) return;
    const marks = this.#options.source.marks(this.#marksSentUpTo, upToSeconds);
    this.#marksSentUpTo = upToSeconds;
    for (let at = 0; at < marks.length; at += ANNOTATIONS_PER_REQUEST) {
      await this.#sendSomeMarks(marks.slice(at, at + ANNOTATIONS_PER_REQUEST));
    }
  }

  async #sendSomeMarks(marks: readonly SourceMark[]): Promise<void> {
    const { client, codes, onNotice } = this.#options;
    const { results } = await client.sendAnnotations(codes, {
      annotations: marks.map(({ annotation }) => annotation),
    });
    const refused = results.filter(({ status }) => status >= 300);
    if (refused.length > 0) {
      onNotice?.(
        `${refused.length} of ${marks.length} annotations were refused: ${
          refused[0]!.problem?.type ?? refused[0]!.status
        }`,
      );
    }
  }

  async #sendArtifacts(): Promise<void> {
    const { client, codes, memory, onNotice } = this.#options;
    for await (const { segmentKeys, ...artifact } of this.#options.source.artifacts()) {
      const known = memory.segments();
      const segmentIds = segmentKeys.flatMap((key) => {
        const id = known.get(key)?.id;
        return id === undefined ? [] : [id];
      });
      try {
        await client.sendSource(codes, { ...artifact, "segment_ids": segmentIds });
      } catch (error) {
        // The samples are safe; only a byte-identical export of this file is lost.
        if (!(error instanceof RefusedError) || error.slug !== "body-too-large") throw error;
        onNotice?.(`The source artifact is too large and was not kept: ${error.message}`);
      }
    }
  }

  #progress(): DeviceProgress {
    const all = [...this.#countsBefore, this.#uploader.counts];
    const sum = (of: (counts: UploadCounts) => number) =>
      all.reduce((total, counts) => total + of(counts), 0);
    return {
      doneSeconds: this.#doneSeconds,
      positionSeconds: this.#positionSeconds,
      samplesSent: this.#samplesSent,
      chunksStored: sum(({ stored }) => stored),
      chunksRepeated: sum(({ repeated }) => repeated),
      chunksHeld: sum(({ held }) => held),
      chunksRetried: sum(({ retried }) => retried),
      chunksAcrossChannels: sum(({ acrossChannels }) => acrossChannels),
      bytesSent: sum(({ chunkBytes, setBytes }) => chunkBytes + setBytes),
      setsSent: sum(({ sets }) => sets),
    };
  }

  #report(): void {
    this.#options.onProgress?.(this.#progress());
  }
}
