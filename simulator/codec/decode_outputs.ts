/**
 * The samples of a .wkc file as EDF, CSV or raw integers.
 *
 * Hazard: a gap is data. EDF keeps it in the onsets of its records, CSV in its first column; raw cannot,
 * so it takes one segment.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { encodeSamples } from "@wavekeep/core/edf";
import { LimitExceededError } from "@wavekeep/core/error";
import { uniqueLabels } from "@wavekeep/core/recording";
import { inflate } from "./wkc_header.ts";
import type { WkcFile, WkcPart } from "./wkc_file.ts";

/** The data records of the EDF or BDF file, its header first. */
export async function* edfBytes(wkc: WkcFile): AsyncIterable<Uint8Array> {
  yield Buffer.from(wkc.header.header, "base64");
  const records = new RecordBuilder(wkc);
  for await (const part of wkc.parts()) yield* records.take(part);
  yield records.end();
}

/** Joins the streams into data records again. */
class RecordBuilder {
  readonly #wkc: WkcFile;
  readonly #annotationBytes: Uint8Array;
  readonly #recordByteLength: number;
  /** For each stream the parts that no record has used up. */
  readonly #pending: { parts: WkcPart[]; used: number; sampleCount: number }[];
  #annotationOffset = 0;
  #recordIndex = 0;

  constructor(wkc: WkcFile) {
    this.#wkc = wkc;
    this.#annotationBytes = inflate(Buffer.from(wkc.header.annotation_bytes_deflated, "base64"));
    this.#recordByteLength = wkc.edf.recordByteLength;
    this.#pending = wkc.streams.map(() => ({ parts: [], used: 0, sampleCount: 0 }));
    const perRecord = wkc.edf.signals.filter((signal) => signal.isAnnotation)
      .reduce((sum, signal) => sum + signal.samplesPerRecord * wkc.edf.header.bytesPerSample, 0);
    const wanted = perRecord * wkc.segments.reduce((sum, { recordCount }) => sum + recordCount, 0);
    if (this.#annotationBytes.byteLength !== wanted) {
      throw new LimitExceededError(
        `Cannot write EDF records: ${this.#annotationBytes.byteLength} bytes of annotation signals, ` +
          `the records need ${wanted}`,
        { limit: wanted, actual: this.#annotationBytes.byteLength },
      );
    }
  }

  /** Takes samples; gives the records they complete. */
  *take(part: WkcPart): Iterable<Uint8Array> {
    const pending = this.#pending[part.stream]!;
    pending.parts.push(part);
    pending.sampleCount += part.sampleCount;
    const { samplesPerRecord } = this.#wkc;
    while (this.#pending.every(({ sampleCount }, i) => sampleCount >= samplesPerRecord[i]!)) {
      yield this.#record();
    }
  }

  /** What stands behind the last record. */
  end(): Uint8Array {
    return Buffer.from(this.#wkc.header.trailing, "base64");
  }

  #record(): Uint8Array {
    const { edf, streams, samplesPerRecord } = this.#wkc;
    const { bytesPerSample } = edf.header;
    const record = new Uint8Array(this.#recordByteLength);
    const ordinary = edf.signals.filter((signal) => !signal.isAnnotation);
    for (const { isAnnotation, samplesPerRecord, recordOffset } of edf.signals) {
      if (!isAnnotation) continue;
      const end = this.#annotationOffset + samplesPerRecord * bytesPerSample;
      record.set(this.#annotationBytes.subarray(this.#annotationOffset, end), recordOffset);
      this.#annotationOffset = end;
    }
    for (const [stream, { channels }] of streams.entries()) {
      const rows = this.#rows(stream, samplesPerRecord[stream]!);
      for (const [row, { position }] of channels.entries()) {
        const offset = ordinary[position]!.recordOffset;
        const misfit = encodeSamples(rows[row]!, record, { offset, bytesPerSample });
        if (misfit !== -1) {
          throw new LimitExceededError(
            `Cannot write EDF record ${this.#recordIndex}: sample ${
              rows[row]![misfit]
            } needs more ` +
              `than ${8 * bytesPerSample} bits`,
            { limit: 2 ** (8 * bytesPerSample - 1), actual: rows[row]![misfit]! },
          );
        }
      }
    }
    this.#recordIndex++;
    return record;
  }

  /** The next samples of every channel of a stream. */
  #rows(stream: number, sampleCount: number): Int32Array[] {
    const pending = this.#pending[stream]!;
    const rows = this.#wkc.streams[stream]!.channels.map(() => new Int32Array(sampleCount));
    for (let at = 0; at < sampleCount;) {
      const part = pending.parts[0]!;
      const take = Math.min(sampleCount - at, part.sampleCount - pending.used);
      for (const [row, target] of rows.entries()) {
        const start = row * part.sampleCount + pending.used;
        target.set(part.samples.subarray(start, start + take), at);
      }
      at += take;
      pending.used += take;
      if (pending.used === part.sampleCount) {
        pending.parts.shift();
        pending.used = 0;
      }
    }
    pending.sampleCount -= sampleCount;
    return rows;
  }
}

/** Which samples a table is made of. */
export interface Selection {
  readonly stream: number;
  /** Null for all. */
  readonly segment: number | null;
}

/**
 * The stream and segment that are meant.
 *
 * @throws {Error} There is none such, or several and none was named.
 */
export function selection(
  wkc: WkcFile,
  asked: { stream: number | null; segment: number | null; joinsSegments: boolean },
): Selection {
  const { streams, segments } = wkc;
  const stream = asked.stream ?? (streams.length === 1 ? 0 : null);
  if (stream === null) {
    throw new Error(`Cannot choose among ${streams.length} streams: --stream says which`);
  }
  if (stream >= streams.length) {
    throw new Error(`Cannot use stream ${stream}: the file has streams 0 to ${streams.length - 1}`);
  }
  const segment = asked.segment ??
    (asked.joinsSegments || segments.length === 1 ? null : undefined);
  if (segment === undefined) {
    throw new Error(
      `Cannot join ${segments.length} segments without their gaps: --segment says which`,
    );
  }
  if (segment !== null && segment >= segments.length) {
    throw new Error(
      `Cannot use segment ${segment}: the file has segments 0 to ${segments.length - 1}`,
    );
  }
  return { stream, segment };
}

/** One line a sample: segment, sample index, and the digital value of each channel. */
export async function* csvBytes(wkc: WkcFile, chosen: Selection): AsyncIterable<Uint8Array> {
  const { channels } = wkc.streams[chosen.stream]!;
  const encoder = new TextEncoder();
  const names = uniqueLabels(channels.map(({ label }) => label)).map(csvCell);
  yield encoder.encode(["segment", "sample", ...names].join(",") + "\r\n");
  for await (const part of chosenParts(wkc, chosen)) {
    const lines: string[] = [];
    for (let i = 0; i < part.sampleCount; i++) {
      let line = `${part.segment},${part.firstSample + i}`;
      for (let row = 0; row < channels.length; row++) {
        line += `,${part.samples[row * part.sampleCount + i]}`;
      }
      lines.push(line);
    }
    yield encoder.encode(lines.join("\r\n") + "\r\n");
  }
}

/** int32, little-endian, all channels of a sample together. */
export async function* rawBytes(wkc: WkcFile, chosen: Selection): AsyncIterable<Uint8Array> {
  const channelCount = wkc.streams[chosen.stream]!.channels.length;
  for await (const part of chosenParts(wkc, chosen)) {
    const bytes = new Uint8Array(4 * part.samples.length);
    const view = new DataView(bytes.buffer);
    for (let row = 0; row < channelCount; row++) {
      for (let i = 0; i < part.sampleCount; i++) {
        const sample = part.samples[row * part.sampleCount + i]!;
        view.setInt32(4 * (i * channelCount + row), sample, true);
      }
    }
    yield bytes;
  }
}

/** All parts are read, so that all of the file is verified. */
async function* chosenParts(
  wkc: WkcFile,
  { stream, segment }: Selection,
): AsyncIterable<WkcPart> {
  for await (const part of wkc.parts()) {
    if (part.stream === stream && (segment === null || part.segment === segment)) yield part;
  }
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
