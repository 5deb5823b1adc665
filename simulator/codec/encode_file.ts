/**
 * `codec encode`: an EDF or BDF file as a .wkc file.
 *
 * Chunks, segments and chains are made as the simulator makes them when it streams the file; a set stands
 * before the first chunk that names it. Memory is a block of chunks and the annotation signals.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { basename } from "node:path";
import { deflateSync } from "node:zlib";
import { formatHex, parseHex } from "@wavekeep/core/bytes";
import {
  descriptorDigest,
  encodeChunk,
  encodeDescriptor,
  encodeParameterSetRecord,
  encodeSegmentRecord,
  parameterSetDigest,
  segmentDigest,
} from "@wavekeep/core/chunk";
import type { EncodedPayload, StreamEncoder } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { exactSeconds, secondsOfSample, toNumber } from "@wavekeep/core/time";
import { contentIdentity } from "../content_identity.ts";
import type { SourceChunk, SourceSegment } from "../device_source.ts";
import { type EdfInput, edfSegments, openEdfInput } from "../edf_source.ts";
import { createProgress } from "../progress.ts";
import { chunkBlocks } from "./chunk_blocks.ts";
import { FILE_CODING, type FixedCodecName, fixedCoding } from "./coding.ts";
import { anonymousHeader, timekeepingOnly } from "./identity.ts";
import { totalSeconds } from "./stat.ts";
import { encodeWkcHeader, type WkcHeader } from "./wkc_header.ts";
import { writeWhole } from "./write_whole.ts";

export interface EncodeFileOptions {
  readonly input: string;
  readonly output: string;
  readonly codec: "auto" | FixedCodecName;
  readonly keepIdentity: boolean;
  readonly force: boolean;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly isTerminal: boolean;
  readonly signal: AbortSignal;
}

/** Writes the file and says what is in it and what is not. */
export async function encodeFile(options: EncodeFileOptions): Promise<void> {
  const input = await openEdfInput(options.input);
  const progress = createProgress({
    label: basename(options.input),
    totalSeconds: totalSeconds(input),
    isTerminal: options.isTerminal,
    print: options.stderr,
  });
  let summary: string;
  try {
    const segments = edfSegments(input, { offset: exactSeconds(0), uncertainty: "0" });
    if (segments.length === 0) {
      throw new Error(`Cannot encode ${options.input}: no signal has samples`);
    }
    const { header, leftOut } = await makeHeader(input, segments, options.keepIdentity);
    let sampleCount = 0;
    let chunkCount = 0;
    const byteLength = await writeWhole(options.output, options, async (append) => {
      await append(encodeWkcHeader(header));
      const writer = new ChunkWriter(segments, header);
      const coding = options.codec === "auto" ? FILE_CODING : fixedCoding(options.codec);
      const encoders = input.channels.streams.map(({ kind, channels }) =>
        coding.create({ kind, channelCount: channels.length })
      );
      for await (const block of chunkBlocks(segments)) {
        if (coding.looksAhead) {
          for (const { chunk } of block) {
            encoders[chunk.stream]!.lookAhead(chunk.samples, chunk.sampleCount);
          }
        }
        for (const { segment, chunk } of block) {
          await writer.write(append, segment, chunk, encoders[chunk.stream]!);
          sampleCount += chunk.samples.length;
          chunkCount++;
        }
        progress.update({ doneSeconds: writer.doneSeconds, samplesSent: sampleCount });
      }
    });
    const bits = (8 * byteLength / sampleCount).toFixed(3);
    summary = `Wrote ${byteLength} bytes to ${options.output}: ${sampleCount} samples in ` +
      `${chunkCount} chunks, ${bits} bits a sample, everything counted\n${leftOut}`;
  } finally {
    progress.stop();
    input.close();
  }
  options.stdout(summary);
}

/** The header of the .wkc file, and a sentence about what it leaves out. */
async function makeHeader(
  input: EdfInput,
  segments: readonly SourceSegment[],
  keepIdentity: boolean,
): Promise<{ header: WkcHeader; leftOut: string }> {
  const { file, channels, runs } = input;
  const annotations = await annotationBytes(input, keepIdentity);
  const artifact = keepIdentity ? await input.artifact([]) : null;
  const header: WkcHeader = {
    identity: keepIdentity,
    header: base64(keepIdentity ? file.headerBytes : anonymousHeader(file)),
    "annotation_bytes_deflated": base64(deflateSync(annotations)),
    trailing: artifact?.trailing ?? "",
    "file_sha256": keepIdentity ? input.sha256 : null,
    descriptors: channels.streams.map((stream) => base64(encodeDescriptor(stream))),
    segments: segmentRecords(segments).map((record, i) => ({
      record: base64(record),
      "record_count": runs[i]!.recordCount,
    })),
  };
  if (keepIdentity) {
    return {
      header,
      leftOut: "It holds the header and the annotations as written: it may name the patient",
    };
  }
  let marks = 0;
  for await (const _ of file.annotations()) marks++;
  return {
    header,
    leftOut: `Left out: the header's two identification fields, ${marks} annotations, ` +
      `${file.trailing.byteLength} bytes behind the last record (--keep-identity keeps them)`,
  };
}

async function annotationBytes(input: EdfInput, keepIdentity: boolean): Promise<Buffer> {
  const perRecord = input.file.signals.filter((signal) => signal.isAnnotation).length;
  const parts: Uint8Array[] = [];
  for await (const bytes of input.file.annotationBytes()) {
    parts.push(keepIdentity ? bytes : timekeepingOnly(bytes, parts.length % perRecord === 0));
  }
  return Buffer.concat(parts);
}

/** Unsigned segments, each chained to the one before. The recording has no code here: zeros. */
function segmentRecords(segments: readonly SourceSegment[]): Uint8Array[] {
  let previousSegmentDigest: Uint8Array | null = null;
  return segments.map(({ key, streams, openedMicros, clock }) => {
    const { id, salt } = contentIdentity({ siteId: 0, patientId: "", recordingId: "", key });
    const record = encodeSegmentRecord({
      signaturePolicy: "none",
      recordingReference: new Uint8Array(16),
      segmentId: parseHex(id),
      keyId: null,
      openedMicros,
      clock,
      previousSegmentDigest,
      salt: parseHex(salt),
      descriptorDigests: streams.map((stream) => descriptorDigest(stream, nodeSha256)),
    });
    previousSegmentDigest = segmentDigest(record, nodeSha256);
    return record;
  });
}

/** Frames chunks, chains them, and puts each set before the first chunk that names it. */
class ChunkWriter {
  readonly #segments: readonly SourceSegment[];
  readonly #segmentDigests: readonly Uint8Array[];
  readonly #segmentIds: readonly Uint8Array[];
  readonly #descriptorDigests: readonly Uint8Array[];
  readonly #setsWritten = new Set<string>();
  /** By segment and stream. */
  readonly #previous = new Map<string, Uint8Array>();
  #doneSeconds = 0;
  #doneBefore = 0;
  #segment = 0;

  constructor(segments: readonly SourceSegment[], header: WkcHeader) {
    this.#segments = segments;
    const records = header.segments.map(({ record }) => Buffer.from(record, "base64"));
    this.#segmentDigests = records.map((record) => segmentDigest(record, nodeSha256));
    this.#segmentIds = segments.map(({ key }) =>
      parseHex(contentIdentity({ siteId: 0, patientId: "", recordingId: "", key }).id)
    );
    this.#descriptorDigests = segments[0]!.streams.map((stream) =>
      descriptorDigest(stream, nodeSha256)
    );
  }

  /** Seconds of signal written, all segments. */
  get doneSeconds(): number {
    return this.#doneBefore + this.#doneSeconds;
  }

  async write(
    append: (bytes: Uint8Array) => Promise<void>,
    segment: number,
    chunk: SourceChunk,
    encoder: StreamEncoder,
  ): Promise<void> {
    const encoded = encoder.encode(chunk.samples, chunk.sampleCount);
    if (encoded.parameterSet !== null) await this.#writeSet(append, encoded.parameterSet.bytes);
    await append(this.#frame(segment, chunk, encoded));
    this.#count(segment, chunk);
  }

  async #writeSet(
    append: (bytes: Uint8Array) => Promise<void>,
    setBytes: Uint8Array,
  ): Promise<void> {
    const digest = formatHex(parameterSetDigest(setBytes, nodeSha256));
    if (this.#setsWritten.has(digest)) return;
    this.#setsWritten.add(digest);
    await append(encodeParameterSetRecord(setBytes));
  }

  #frame(segment: number, chunk: SourceChunk, encoded: EncodedPayload): Uint8Array {
    const { streams, clock, openedMicros } = this.#segments[segment]!;
    const { kind, rate, channels } = streams[chunk.stream]!;
    const place = `${segment}/${chunk.stream}`;
    const sinceOpened = BigInt(chunk.firstSample) * rate.seconds * 1_000_000_000n / rate.samples;
    const { bytes, chunkDigest } = encodeChunk({
      encoded,
      kind,
      clock,
      stream: chunk.stream,
      channelCount: channels.length,
      sequence: chunk.sequence,
      firstSample: chunk.firstSample,
      sampleCount: chunk.sampleCount,
      deviceTimeMicros: openedMicros === null ? null : openedMicros + sinceOpened / 1000n,
      monotonicNs: sinceOpened,
      segmentId: this.#segmentIds[segment]!,
      previousDigest: this.#previous.get(place) ?? this.#segmentDigests[segment]!,
      samples: chunk.samples,
      descriptorDigest: this.#descriptorDigests[chunk.stream]!,
      segmentDigest: this.#segmentDigests[segment]!,
    }, nodeSha256);
    this.#previous.set(place, chunkDigest);
    return bytes;
  }

  #count(segment: number, { stream, firstSample, sampleCount }: SourceChunk): void {
    if (segment !== this.#segment) {
      this.#doneBefore += this.#doneSeconds;
      this.#doneSeconds = 0;
      this.#segment = segment;
    }
    const { rate } = this.#segments[segment]!.streams[stream]!;
    const end = toNumber(secondsOfSample(rate, firstSample + sampleCount));
    this.#doneSeconds = Math.max(this.#doneSeconds, end);
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
