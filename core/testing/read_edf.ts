/**
 * Layer 6, tests only. Whole files at once, for files that are small enough to compare.
 *
 * @module
 */

import { concatBytes } from "../bytes/mod.ts";
import { bytesByteSource } from "../edf/byte_source.ts";
import type { EdfAnnotation } from "../edf/annotation_list.ts";
import { type EdfFile, type EdfOptions, openEdf } from "../edf/edf_reader.ts";

/** Everything in a file: ordinary signals joined over all records, and the marks. */
export interface WholeEdf {
  readonly file: EdfFile;
  /** Of the ordinary signals, in file order. */
  readonly samples: Int32Array[];
  readonly annotations: EdfAnnotation[];
}

/** Reads every record. */
export async function readWholeEdf(bytes: Uint8Array, options?: EdfOptions): Promise<WholeEdf> {
  const file = await openEdf(bytesByteSource(bytes), options);
  const ordinary = file.signals.filter((signal) => !signal.isAnnotation);
  const samples = ordinary.map((signal) =>
    new Int32Array(signal.samplesPerRecord * file.recordCount)
  );
  const annotations: EdfAnnotation[] = [];
  for await (const record of file.records()) {
    record.samples.forEach((part, i) => samples[i]!.set(part, part.length * record.index));
    for (const annotation of record.annotations) annotations.push(annotation);
  }
  return { file, samples, annotations };
}

/** The plain digest input of EEG_RULES section 4: int32, little-endian, channel after channel. */
export function samplesAsInt32Bytes(samples: readonly Int32Array[]): Uint8Array {
  return concatBytes(
    ...samples.map((channel) => {
      const bytes = new Uint8Array(channel.length * 4);
      const view = new DataView(bytes.buffer);
      channel.forEach((sample, i) => view.setInt32(i * 4, sample, true));
      return bytes;
    }),
  );
}
