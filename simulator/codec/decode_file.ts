/**
 * `codec decode`: a .wkc file back into what it came from.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename } from "node:path";
import { ChecksumMismatchError } from "@wavekeep/core/error";
import { openFileByteSource } from "../file_byte_source.ts";
import { createProgress } from "../progress.ts";
import { csvBytes, edfBytes, rawBytes, selection } from "./decode_outputs.ts";
import type { OutputFormat } from "./options.ts";
import { openWkc, type WkcFile } from "./wkc_file.ts";
import { writeWhole } from "./write_whole.ts";

export interface DecodeFileOptions {
  readonly input: string;
  readonly output: string;
  readonly as: OutputFormat;
  readonly stream: number | null;
  readonly segment: number | null;
  readonly force: boolean;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly isTerminal: boolean;
  readonly signal: AbortSignal;
}

/** Writes the file; every chunk is verified, also those that the output does not hold. */
export async function decodeFile(options: DecodeFileOptions): Promise<void> {
  const { input, output } = options;
  const source = await openFileByteSource(input);
  let summary: string;
  try {
    const wkc = await openWkc(source).catch((cause) => {
      throw new Error(`${input}: ${(cause as Error).message}`, { cause });
    });
    const hash = createHash("sha256");
    const byteLength = await writeWhole(output, options, async (append) => {
      for await (const bytes of withProgress(wkc, options)) {
        hash.update(bytes);
        await append(bytes);
      }
      checkDigest(wkc, options, hash.digest("hex"));
    });
    summary = `Wrote ${byteLength} bytes to ${output}: every chunk verified` +
      (options.as === "edf"
        ? wkc.header.identity
          ? ", the file as it was, byte for byte"
          : ", without the identification and the annotations that encode left out"
        : "");
  } finally {
    source.close();
  }
  options.stdout(summary);
}

/** What encode kept whole must come out whole. */
function checkDigest(wkc: WkcFile, { input, as }: DecodeFileOptions, actual: string): void {
  const expected = wkc.header.file_sha256;
  if (as !== "edf" || expected === null || actual === expected) return;
  throw new ChecksumMismatchError(
    `Cannot decode ${input}: SHA-256 of the file is ${actual}, its header says ${expected}`,
    { expected, actual },
  );
}

async function* withProgress(
  wkc: WkcFile,
  options: DecodeFileOptions,
): AsyncIterable<Uint8Array> {
  const { numerator, denominator } = wkc.edf.header.recordDuration;
  const recordSeconds = Number(numerator) / Number(denominator);
  const records = wkc.segments.reduce((sum, { recordCount }) => sum + recordCount, 0);
  const progress = createProgress({
    label: basename(options.input),
    totalSeconds: records * recordSeconds,
    isTerminal: options.isTerminal,
    print: options.stderr,
  });
  const done = wkc.streams.map(() => 0);
  let samplesSent = 0;
  const watched: WkcFile = {
    ...wkc,
    async *parts() {
      for await (const part of wkc.parts()) {
        done[part.stream]! += part.sampleCount;
        samplesSent += part.samples.length;
        const doneRecords = Math.min(...done.map((count, i) => count / wkc.samplesPerRecord[i]!));
        progress.update({ doneSeconds: doneRecords * recordSeconds, samplesSent });
        yield part;
      }
    },
  };
  try {
    yield* outputBytes(watched, options);
  } finally {
    progress.stop();
  }
}

function outputBytes(
  wkc: WkcFile,
  { as, stream, segment }: DecodeFileOptions,
): AsyncIterable<Uint8Array> {
  if (as === "edf") return edfBytes(wkc);
  const chosen = selection(wkc, { stream, segment, joinsSegments: as === "csv" });
  return as === "csv" ? csvBytes(wkc, chosen) : rawBytes(wkc, chosen);
}
