/**
 * Layer 6, tests only. An EDF and BDF writer written from the specification.
 *
 * Imports nothing, on purpose: what it writes is what the specification says and not what our own
 * tables believe, so a shared mistake cannot hide. It checks nothing either: every field can be given as
 * raw text, which is how files that no honest writer makes are made.
 *
 * @see https://www.edfplus.info/specs/edf.html and https://www.edfplus.info/specs/edfplus.html
 * @module
 */

/** A signal; texts are written as given and cut to their width. */
export interface SpecSignal {
  label?: string;
  transducer?: string;
  unit?: string;
  physicalMin?: string;
  physicalMax?: string;
  digitalMin?: string;
  digitalMax?: string;
  prefilter?: string;
  /** What the header says; the number of samples in the records unless told. */
  samplesPerRecord?: string;
  reserved?: string;
  /** Samples of each record, or raw bytes of each record. */
  records?: (readonly number[] | Uint8Array)[];
}

/** A file; texts are written as given and cut to their width. */
export interface SpecFile {
  bits?: 16 | 24;
  /** Eight characters; code points are bytes. */
  version?: string;
  patientId?: string;
  recordingId?: string;
  startDate?: string;
  startTime?: string;
  headerBytes?: string;
  reserved?: string;
  recordCount?: string;
  recordDuration?: string;
  signalCount?: string;
  signals?: SpecSignal[];
  /** Bytes after the last record. */
  trailing?: Uint8Array;
}

/** Writes a file. Text is one byte for each code point below 256. */
export function edfFromSpec(file: SpecFile): Uint8Array<ArrayBuffer> {
  const signals = file.signals ?? [];
  const bits = file.bits ?? 16;
  const recordCount = Math.max(0, ...signals.map((signal) => signal.records?.length ?? 0));
  const bytes: number[] = [];
  const put = (text: string, width: number) => {
    for (let i = 0; i < width; i++) bytes.push(i < text.length ? text.charCodeAt(i) & 255 : 32);
  };
  put(file.version ?? (bits === 24 ? "\xffBIOSEMI" : "0"), 8);
  put(file.patientId ?? "X X X X", 80);
  put(file.recordingId ?? "Startdate X X X X", 80);
  put(file.startDate ?? "01.02.03", 8);
  put(file.startTime ?? "04.05.06", 8);
  put(file.headerBytes ?? String(256 + 256 * signals.length), 8);
  put(file.reserved ?? "", 44);
  put(file.recordCount ?? String(recordCount), 8);
  put(file.recordDuration ?? "1", 8);
  put(file.signalCount ?? String(signals.length), 4);
  const low = bits === 24 ? "-8388608" : "-32768";
  const high = bits === 24 ? "8388607" : "32767";
  for (const [index, signal] of signals.entries()) put(signal.label ?? `S${index}`, 16);
  for (const signal of signals) put(signal.transducer ?? "", 80);
  for (const signal of signals) put(signal.unit ?? "uV", 8);
  for (const signal of signals) put(signal.physicalMin ?? "-1000", 8);
  for (const signal of signals) put(signal.physicalMax ?? "1000", 8);
  for (const signal of signals) put(signal.digitalMin ?? low, 8);
  for (const signal of signals) put(signal.digitalMax ?? high, 8);
  for (const signal of signals) put(signal.prefilter ?? "", 80);
  for (const signal of signals) put(signal.samplesPerRecord ?? declaredSamples(signal, bits), 8);
  for (const signal of signals) put(signal.reserved ?? "", 32);
  for (let record = 0; record < recordCount; record++) {
    for (const signal of signals) {
      const content = signal.records?.[record] ?? [];
      if (content instanceof Uint8Array) bytes.push(...content);
      else for (const sample of content) putSample(bytes, sample, bits);
    }
  }
  bytes.push(...file.trailing ?? []);
  return Uint8Array.from(bytes);
}

/** An annotation signal from the text of each record's lists, padded with zeros to one length. */
export function annotationSignal(
  lists: readonly string[],
  options: { bits?: 16 | 24; byteLength?: number; label?: string } = {},
): SpecSignal {
  const width = (options.bits ?? 16) / 8;
  const encoded = lists.map((list) => Uint8Array.from(list, (letter) => letter.charCodeAt(0)));
  const longest = Math.max(options.byteLength ?? 0, ...encoded.map((bytes) => bytes.length));
  const byteLength = Math.ceil(longest / width) * width;
  return {
    label: options.label ?? (width === 3 ? "BDF Annotations" : "EDF Annotations"),
    unit: "",
    physicalMin: "-1",
    physicalMax: "1",
    records: encoded.map((bytes) => {
      const padded = new Uint8Array(byteLength);
      padded.set(bytes);
      return padded;
    }),
  };
}

/** The timekeeping list of a record that begins `onset` seconds after the start: `+0\x14\x14\0`. */
export function timekeeping(onset: number | string): string {
  const text = String(onset);
  return `${text.startsWith("-") ? "" : "+"}${text}\x14\x14\0`;
}

function declaredSamples(signal: SpecSignal, bits: 16 | 24): string {
  const first = signal.records?.[0];
  if (first === undefined) return "1";
  return String(first instanceof Uint8Array ? first.length / (bits / 8) : first.length);
}

/** Little-endian two's complement. */
function putSample(bytes: number[], sample: number, bits: 16 | 24): void {
  bytes.push(sample & 255, sample >> 8 & 255);
  if (bits === 24) bytes.push(sample >> 16 & 255);
}
