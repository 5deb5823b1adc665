/**
 * Layer 4. A file as it was handed in, out of its samples and what was kept beside them.
 *
 * Knows the layout only: header, records with every signal in its place, what lay behind the last record.
 * Whether the result is the file, a digest of the whole says, and that is the caller's to compare. Memory is
 * one record.
 *
 * @module
 */

import { CorruptInputError, TruncatedInputError } from "../error.ts";
import { encodeSamples } from "./data_record.ts";
import type { EdfFile } from "./edf_reader.ts";

/** What was kept beside the samples. */
export interface KeptBesideSamples {
  /** The header, read: `signals`, `header.bytesPerSample` and `recordByteLength` are all that is used. */
  readonly edf: Pick<EdfFile, "headerBytes" | "signals" | "header" | "recordByteLength">;
  /** The annotation signals' bytes, record by record, signal by signal, in any pieces. */
  readonly annotationBytes: AsyncIterable<Uint8Array>;
  readonly trailing: Uint8Array;
}

/**
 * The bytes of the file.
 *
 * @param records Samples of the ordinary signals of each record, in file order.
 * @throws {TruncatedInputError} Fewer annotation bytes than the records take.
 * @throws {CorruptInputError} A sample that the file's width does not hold, or annotation bytes left over.
 */
export async function* rebuildEdf(
  { edf, annotationBytes, trailing }: KeptBesideSamples,
  records: AsyncIterable<{ readonly samples: readonly Int32Array[] }>,
): AsyncIterable<Uint8Array> {
  const { bytesPerSample } = edf.header;
  const marks = new Front(annotationBytes);
  yield edf.headerBytes;
  for await (const { samples } of records) {
    const record = new Uint8Array(edf.recordByteLength);
    let ordinary = 0;
    for (const { isAnnotation, samplesPerRecord, recordOffset: offset, index } of edf.signals) {
      if (isAnnotation) {
        await marks.fill(record.subarray(offset, offset + samplesPerRecord * bytesPerSample));
        continue;
      }
      const wide = encodeSamples(samples[ordinary++]!, record, { offset, bytesPerSample });
      if (wide < 0) continue;
      throw new CorruptInputError(
        `Cannot rebuild the file: a sample of signal ${index} needs more than ${bytesPerSample} bytes`,
        { field: "samples" },
      );
    }
    yield record;
  }
  if (!await marks.isEmpty()) {
    throw new CorruptInputError("Cannot rebuild the file: annotation bytes are left over", {
      field: "annotations",
    });
  }
  yield trailing;
}

/** Takes bytes from the front of pieces. */
class Front {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  async fill(target: Uint8Array): Promise<void> {
    for (let at = 0; at < target.length;) {
      if (await this.isEmpty()) {
        throw new TruncatedInputError("Cannot rebuild the file: annotation bytes are missing", {
          offset: at,
          neededBytes: target.length,
          availableBytes: at,
        });
      }
      const part = this.#piece.subarray(0, target.length - at);
      target.set(part, at);
      at += part.length;
      this.#piece = this.#piece.subarray(part.length);
    }
  }

  async isEmpty(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return true;
      this.#piece = value;
    }
    return false;
  }
}
