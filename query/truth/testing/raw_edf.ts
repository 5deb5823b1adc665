/**
 * A second reader of EDF and BDF files, for comparison only: the whole file in memory, no findings.
 *
 * Written from the specification's header table; imports nothing of the product, so that a mistake in
 * core/edf cannot hide by being made twice. Trusts its input: it is only given files that are whole.
 *
 * @see https://www.edfplus.info/specs/edf.html
 * @module
 */

/** One signal as the header tells it, with all its samples. */
export interface RawSignal {
  readonly label: string;
  readonly unit: string;
  readonly prefilter: string;
  readonly digitalMin: number;
  readonly digitalMax: number;
  readonly physicalMin: number;
  readonly physicalMax: number;
  readonly samplesPerRecord: number;
  /** Digital units, all records after each other. */
  readonly samples: Int32Array;
}

export interface RawEdf {
  readonly reserved: string;
  /** `dd.mm.yy hh.mm.ss` */
  readonly start: string;
  /** Seconds. */
  readonly recordDuration: number;
  /** From the size of the file. */
  readonly recordCount: number;
  /** In file order, annotation signals left out. */
  readonly signals: readonly RawSignal[];
}

/** Reads a whole file. */
export function readRawEdf(bytes: Uint8Array): RawEdf {
  const text = (offset: number, width: number) =>
    String.fromCharCode(...bytes.subarray(offset, offset + width)).trim();
  const width = bytes[0] === 0xff ? 3 : 2;
  const count = Number(text(252, 4));
  let offset = 256;
  const column = (fieldWidth: number) => {
    const values = Array.from(
      { length: count },
      (_, i) => text(offset + i * fieldWidth, fieldWidth),
    );
    offset += count * fieldWidth;
    return values;
  };
  const labels = column(16);
  column(80); // transducer
  const units = column(8);
  const [physicalMin, physicalMax, digitalMin, digitalMax] = [8, 8, 8, 8].map(column);
  const prefilters = column(80);
  const perRecord = column(8).map(Number);
  const headerByteLength = 256 * (count + 1);
  const recordByteLength = perRecord.reduce((sum, samples) => sum + samples * width, 0);
  const recordCount = recordByteLength === 0
    ? 0
    : Math.floor((bytes.length - headerByteLength) / recordByteLength);
  const samples = perRecord.map((samplesPerRecord) =>
    new Int32Array(samplesPerRecord * recordCount)
  );
  let at = headerByteLength;
  for (let record = 0; record < recordCount; record++) {
    for (const [signal, samplesPerRecord] of perRecord.entries()) {
      const column = samples[signal]!;
      for (let i = record * samplesPerRecord; i < (record + 1) * samplesPerRecord; i++) {
        // The last byte of a sample carries the sign.
        column[i] = width === 2
          ? bytes[at]! | bytes[at + 1]! << 24 >> 16
          : bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 24 >> 8;
        at += width;
      }
    }
  }
  return {
    reserved: text(192, 44),
    start: `${text(168, 8)} ${text(176, 8)}`,
    recordDuration: Number(text(244, 8)),
    recordCount,
    signals: labels.map((label, i) => ({
      label,
      unit: units[i]!,
      prefilter: prefilters[i]!,
      digitalMin: Number(digitalMin![i]),
      digitalMax: Number(digitalMax![i]),
      physicalMin: Number(physicalMin![i]),
      physicalMax: Number(physicalMax![i]),
      samplesPerRecord: perRecord[i]!,
      samples: samples[i]!,
    })).filter(({ label }) => label !== "EDF Annotations" && label !== "BDF Annotations"),
  };
}

/** A digital sample in the unit of its signal, by the specification's straight line. */
export function physicalValue(signal: RawSignal, digital: number): number {
  const { digitalMin, digitalMax, physicalMin, physicalMax } = signal;
  return physicalMin +
    (digital - digitalMin) * (physicalMax - physicalMin) / (digitalMax - digitalMin);
}
