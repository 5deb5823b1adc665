/**
 * Layer 4. Breaks that BioSemi amplifiers mark in their Status channel.
 *
 * Bit 16 is set while the first second after the recorder (re)starts is written, so a rise inside the
 * file is a break. Its length is nowhere in the file: samples stay on the nominal axis and the place is
 * told. Bits 17-23 are battery, range and speed; bits 0-15 are triggers.
 *
 * @see https://www.biosemi.com/faq/trigger_signals.htm
 * @module
 */

import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import type { EdfFile } from "./edf_reader.ts";

const NEW_EPOCH_BIT = 1 << 16;

/** A place where recording was interrupted. */
export interface BiosemiBreak {
  readonly recordIndex: number;
  /** In the Status channel, from the start of the file. */
  readonly sampleIndex: number;
  readonly diagnostic: Diagnostic;
}

/** Index of the Status channel in `EdfRecord.samples`; undefined when the file is not BioSemi's. */
export function biosemiStatusIndex(
  file: Pick<EdfFile, "signals" | "header">,
): number | undefined {
  if (file.header.bytesPerSample !== 3) return undefined;
  const ordinary = file.signals.filter((signal) => !signal.isAnnotation);
  const index = ordinary.findIndex((signal) => signal.label === "Status");
  return index === -1 ? undefined : index;
}

/** Walks the whole file; yields nothing for files without a Status channel. */
export async function* findBiosemiBreaks(file: EdfFile): AsyncIterable<BiosemiBreak> {
  const status = biosemiStatusIndex(file);
  if (status === undefined) return;
  let sampleIndex = 0;
  let wasSet = true; // The file begins with the bit set, which is no break.
  for await (const { index: recordIndex, samples } of file.records()) {
    for (const value of samples[status]!) {
      const isSet = (value & NEW_EPOCH_BIT) !== 0;
      if (isSet && !wasSet) {
        const detail = `Status bit 16 rises at sample ${sampleIndex} in record ${recordIndex}`;
        yield {
          recordIndex,
          sampleIndex,
          diagnostic: diagnostic("biosemi-break", detail, { recordIndex }),
        };
      }
      wasSet = isSet;
      sampleIndex++;
    }
  }
}
