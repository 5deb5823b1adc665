/**
 * Bench, baseline. One-second chunks as rows of PostgreSQL's binary COPY, the fastest way in.
 *
 * A row of one channel differs from the next in two float64 only, so its bytes are laid out once and
 * copied. Integers and floats are big-endian here, as the server wants them.
 *
 * @see PostgreSQL 18, COPY, "Binary Format"
 * @module
 */

/** A chunk as the plan's JSON carries it. */
export interface PlanChunk {
  readonly patientId: string;
  readonly recordingId: string;
  readonly channels: readonly string[];
  /** Seconds from recording start. */
  readonly start: number;
  readonly sampleRateHz: number;
  /** Shape (channelCount, sampleCount), microvolts. */
  readonly samples: readonly (readonly number[] | Float64Array)[];
}

/** The statement whose input {@link copyRows} makes. */
export const COPY_STATEMENT =
  "copy eeg_sample (patient_id, recording_id, channel, timestamp_sec, value_uv) from stdin (format binary)";

const SIGNATURE = Uint8Array.of(80, 71, 67, 79, 80, 89, 10, 255, 13, 10, 0);
const HEADER_BYTES = SIGNATURE.byteLength + 4 + 4;
const TRAILER_BYTES = 2;
const FIELD_COUNT = 5;

const utf8 = new TextEncoder();

/**
 * All samples of the chunks as one COPY input, header and trailer included.
 *
 * Rows run channel after channel within a chunk, chunk after chunk.
 */
export function copyRows(chunks: readonly PlanChunk[]): Uint8Array<ArrayBuffer> {
  const layouts = chunks.map((chunk) =>
    chunk.channels.map((channel) => rowLayout([chunk.patientId, chunk.recordingId, channel]))
  );
  let byteLength = HEADER_BYTES + TRAILER_BYTES;
  chunks.forEach((chunk, c) => {
    layouts[c]!.forEach((layout, i) => byteLength += layout.byteLength * chunk.samples[i]!.length);
  });

  const bytes = new Uint8Array(byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set(SIGNATURE);
  let offset = HEADER_BYTES;
  chunks.forEach((chunk, c) => {
    layouts[c]!.forEach((layout, i) => {
      const samples = chunk.samples[i]!;
      for (let k = 0; k < samples.length; k++) {
        bytes.set(layout, offset);
        offset += layout.byteLength;
        view.setFloat64(offset - 20, chunk.start + k / chunk.sampleRateHz);
        view.setFloat64(offset - 8, samples[k]!);
      }
    });
  });
  view.setInt16(offset, -1);
  return bytes;
}

/** Bytes of a row whose two floats, at 20 and 8 bytes before its end, are still zero. */
function rowLayout(texts: readonly string[]): Uint8Array {
  const fields = texts.map((text) => utf8.encode(text));
  const textBytes = fields.reduce((sum, field) => sum + 4 + field.byteLength, 0);
  const bytes = new Uint8Array(2 + textBytes + 2 * (4 + 8));
  const view = new DataView(bytes.buffer);
  view.setInt16(0, FIELD_COUNT);
  let offset = 2;
  for (const field of fields) {
    view.setInt32(offset, field.byteLength);
    bytes.set(field, offset + 4);
    offset += 4 + field.byteLength;
  }
  view.setInt32(offset, 8);
  view.setInt32(offset + 12, 8);
  return bytes;
}
