/**
 * Bench. Sizes of real recordings by our codecs and by those of others, in one run; and how fast ours are.
 *
 * All of a recording is measured on the same samples. Ours are independent chunks of one second, decoded
 * and compared; those of others see whole channels, which is in their favour.
 *
 * @module
 */

import { CRC_BYTES, HEADER_BYTES, SIGNATURE_BYTES } from "@wavekeep/core/chunk";
import { formatRate } from "@wavekeep/core/time";
import { openEdfInput } from "../../simulator/edf_source.ts";
import {
  CHUNK_DIGEST_BYTES,
  PARAMETER_SET_FRAME_BYTES,
} from "../../simulator/codec/frame_bytes.ts";
import { FILE_CODING, fixedCoding, LIVE_CODING } from "../../simulator/codec/coding.ts";
import { measure, type MeasuredSource, type Tally } from "../../simulator/codec/measure.ts";
import { measuredSource } from "../../simulator/codec/stat.ts";
import { sizesOf } from "../../simulator/codec/stat_report.ts";
import type { Progress } from "../progress.ts";
import { type DecodeJob, decodeRounds } from "./decode_rounds.ts";
import { exactCopies, withoutChannels } from "./exact_copies.ts";
import { decodeInChromium } from "./in_chromium.ts";
import { type Recording, sizeStepName } from "./recordings.ts";
import type { CodecResults, RecordingResult } from "./results.ts";
import { type InstalledTool, installedTools, toolBytes, type ToolName, TOOLS } from "./tools.ts";
import { type WholeStream, wholeStreams } from "./whole_channels.ts";

export interface CodecSizeOptions {
  /** Folder of the recordings. */
  readonly dataFolder: string;
  readonly recordings: readonly Recording[];
  /** Whether to decode in Chromium as well. */
  readonly chromium: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Where temporary files go; the system's place for such when absent. */
  readonly tempRoot?: string;
  /** Says in a line what is left out and why. */
  readonly notice: (line: string) => void;
  /** How long each recording is timed, at least. */
  readonly timedMsMin?: number;
  /** For tests: as if these were all that is installed. */
  readonly tools?: readonly InstalledTool[];
}

/** Channels of the recording that speeds are measured on: the plan's montage. */
const SPEED_CHANNELS = 23;

/** Measures every recording. */
export async function benchCodecSizes(options: CodecSizeOptions): Promise<CodecResults> {
  const { recordings, progress, notice } = options;
  const tools = options.tools ?? await installedTools();
  for (const { name, program } of TOOLS) {
    if (name !== "flac_bare" && !tools.some(({ tool }) => tool.name === name)) {
      notice(`${program} is not installed: its column stays empty`);
    }
  }
  const folder = await Deno.makeTempDir({
    prefix: "wavekeep-codec-size-",
    ...(options.tempRoot === undefined ? {} : { dir: options.tempRoot }),
  });
  const results: RecordingResult[] = [];
  let decode: CodecResults["decode"] = null;
  try {
    for (const recording of recordings) {
      progress.step(sizeStepName(recording));
      results.push(await benchRecording(recording, { ...options, tools, folder }));
      progress.advance();
    }
    const fast = results.find(({ channels }) => channels === SPEED_CHANNELS);
    if (fast !== undefined) {
      progress.step(`codec-size decode of ${fast.path}`);
      decode = await benchDecode(fast, options);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return {
    tools: TOOLS.map(({ name, command }) => ({
      name,
      command,
      version: tools.find(({ tool }) => tool.name === name)?.version ?? null,
    })),
    recordings: results,
    decode,
    frame: {
      "header_bytes": HEADER_BYTES - CHUNK_DIGEST_BYTES,
      "digest_bytes": CHUNK_DIGEST_BYTES,
      "checksum_bytes": CRC_BYTES,
      "signature_bytes": SIGNATURE_BYTES,
      "parameter_set_frame_bytes": PARAMETER_SET_FRAME_BYTES,
    },
  };
}

interface RecordingContext extends CodecSizeOptions {
  readonly tools: readonly InstalledTool[];
  readonly folder: string;
}

async function benchRecording(
  recording: Recording,
  context: RecordingContext,
): Promise<RecordingResult> {
  const { signal } = context;
  const input = await openEdfInput(`${context.dataFolder}/${recording.path}`);
  try {
    const source = measuredSource(input);
    const width = input.file.header.bytesPerSample;
    const whole = await wholeStreams(source);
    const [file, live, predictive] = await measure(source, {
      codings: [FILE_CODING, LIVE_CODING, fixedCoding("predictive")],
      signal,
      ...(context.timedMsMin === undefined ? {} : { timedMsMin: context.timedMsMin }),
    }) as [Tally, Tally, Tally];
    const samples = file.sampleCount;
    const toolBits = async (name: ToolName, streams: readonly WholeStream[], count: number) => {
      const found = context.tools.find(({ tool }) => tool.name === name);
      if (found === undefined) return null;
      const bytes = await toolBytes(found.tool, streams, {
        width,
        folder: context.folder,
        signal,
      });
      return rounded(8 * bytes / count);
    };
    const tools = {
      flac: await toolBits("flac", whole, samples),
      "flac_bare": await toolBits("flac_bare", whole, samples),
      wavpack: await toolBits("wavpack", whole, samples),
      zstd: await toolBits("zstd", whole, samples),
      gzip: await toolBits("gzip", whole, samples),
    };
    const fileSizes = sizesOf(file);
    const own = {
      predictive: sizesOf(predictive).bits_per_sample,
      file: fileSizes.bits_per_sample,
      live: sizesOf(live).bits_per_sample,
      "file_with_headers": fileSizes.bits_per_sample_with_headers,
      "file_with_frames": fileSizes.bits_per_sample_with_frames,
    };
    const fileOfFlac = shareOf(own.file, tools.flac);
    return {
      path: recording.path,
      format: input.file.format,
      shape: source.streams
        .map(({ channels, rate }) => `${channels.length} × ${formatRate(rate)} Hz`).join(", "),
      channels: source.streams.reduce((sum, { channels }) => sum + channels.length, 0),
      samples,
      "raw_bits": width === 2 ? 16 : 24,
      tools,
      own,
      codecs: fileSizes.codecs,
      "parameter_set_count": fileSizes.parameter_set_count,
      "parameter_set_bytes": fileSizes.parameter_set_bytes,
      "file_of_flac": fileOfFlac,
      "live_of_flac": shareOf(own.live, tools.flac),
      "file_of_flac_bare": shareOf(own.file, tools.flac_bare),
      must: recording.flacShareMax,
      met: fileOfFlac === null
        ? null
        : fileOfFlac <= recording.flacShareMax && own.file <= own.predictive,
      "encode_file": millions(file.encodeSamplesPerSecond),
      "encode_live": millions(live.encodeSamplesPerSecond),
      "decode_file": millions(file.decodeSamplesPerSecond),
      "encode_predictive": millions(predictive.encodeSamplesPerSecond),
      "decode_predictive": millions(predictive.decodeSamplesPerSecond),
      "without_copies": await benchWithoutCopies(source, whole, { signal, toolBits }),
    };
  } finally {
    input.close();
  }
}

async function benchWithoutCopies(
  source: MeasuredSource,
  whole: readonly WholeStream[],
  context: {
    signal: AbortSignal;
    toolBits: (
      name: ToolName,
      streams: readonly WholeStream[],
      count: number,
    ) => Promise<number | null>;
  },
): Promise<RecordingResult["without_copies"]> {
  const removed = whole.map(exactCopies);
  const copies = removed.flatMap((rows, stream) =>
    rows.map((row) => source.streams[stream]!.channels[row]!.position)
  );
  if (copies.length === 0) return null;
  const [file, predictive] = await measure(withoutChannels(source, removed), {
    codings: [FILE_CODING, fixedCoding("predictive")],
    signal: context.signal,
    passesMax: 1,
  }) as [Tally, Tally];
  const kept = whole.map(({ channels }, stream) => ({
    channels: channels.filter((_, row) => !removed[stream]!.includes(row)),
  }));
  const flac = await context.toolBits("flac", kept, file.sampleCount);
  const fileBits = sizesOf(file).bits_per_sample;
  return {
    copies,
    flac,
    predictive: sizesOf(predictive).bits_per_sample,
    file: fileBits,
    "file_of_flac": shareOf(fileBits, flac),
  };
}

async function benchDecode(
  { path, channels }: RecordingResult,
  options: CodecSizeOptions,
): Promise<NonNullable<CodecResults["decode"]>> {
  const job = await decodeJob(`${options.dataFolder}/${path}`);
  const deno = decodeRounds(job);
  const result = { path, channels, deno: millions(deno.samplesPerSecond) };
  const none = { ...result, chromium: null, "chromium_version": null };
  if (!options.chromium) return none;
  options.signal.throwIfAborted();
  const chromium = await decodeInChromium(job).catch((error: Error) => {
    options.notice(`Chromium was not measured: ${error.message.split("\n")[0]}`);
    return undefined;
  });
  if (chromium === undefined) return none;
  if (chromium.crc !== deno.crc) {
    throw new Error(
      `Cannot compare decoders: Chromium gives samples of CRC ${chromium.crc}, Deno of ${deno.crc}`,
    );
  }
  return {
    ...result,
    chromium: millions(chromium.samplesPerSecond),
    "chromium_version": chromium.version,
  };
}

/** All chunks of a file as its file mode codes them. */
export async function decodeJob(path: string): Promise<DecodeJob> {
  const input = await openEdfInput(path);
  try {
    const source = measuredSource(input);
    const encoders = source.streams.map(({ kind, channels }) =>
      FILE_CODING.create({ kind, channelCount: channels.length })
    );
    const chunks: DecodeJob["chunks"][number][] = [];
    const sets: Uint8Array[] = [];
    for await (const block of source.blocks()) {
      for (const { chunk } of block) {
        encoders[chunk.stream]!.lookAhead(chunk.samples, chunk.sampleCount);
      }
      for (const { chunk } of block) {
        const encoded = encoders[chunk.stream]!.encode(chunk.samples, chunk.sampleCount);
        const bytes = encoded.parameterSet?.bytes;
        if (bytes !== undefined && !sets.includes(bytes)) sets.push(bytes);
        chunks.push({
          codec: encoded.codec,
          channelCount: source.streams[chunk.stream]!.channels.length,
          sampleCount: chunk.sampleCount,
          set: bytes === undefined ? null : sets.indexOf(bytes),
          payload: encoded.payload,
        });
      }
    }
    return { chunks, sets };
  } finally {
    input.close();
  }
}

function shareOf(own: number, flac: number | null): number | null {
  return flac === null ? null : rounded(own / flac);
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}

function millions(perSecond: number): number {
  return Number((perSecond / 1e6).toPrecision(4));
}
