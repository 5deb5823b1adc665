/**
 * Bench. The codecs that others use, run as programs where they are installed.
 *
 * FLAC and WavPack get each channel for itself, as mono sound in the converter's width; FLAC with frames of
 * 4,096 samples (16 s at 256 Hz) and without padding. zstd and gzip get a stream's channels one after the
 * other in one piece. Every size is the whole output, headers included. The rate that is declared
 * to a sound codec changes nothing but how many seek points FLAC writes, one in ten "seconds".
 *
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";
import { converterBytes, type WholeStream } from "./whole_channels.ts";

const NAMES = ["flac", "flac_bare", "wavpack", "zstd", "gzip"] as const;
export type ToolName = typeof NAMES[number];

/** One program with its flags. */
export interface Tool {
  readonly name: ToolName;
  readonly program: string;
  /** For people: how it is called. */
  readonly command: string;
  /** Whether it is given a channel at a time, or all of a stream. */
  readonly perChannel: boolean;
  /** Reads `input`, writes `output` (both paths). */
  args(width: 2 | 3, input: string, output: string): string[];
}

const flacArgs = (width: 2 | 3, input: string, output: string, extra: readonly string[]) => [
  ..."-8 -e -p --silent --lax --no-padding --blocksize=4096".split(" "),
  ...extra,
  ..."--force-raw-format --endian=little --sign=signed --channels=1".split(" "),
  `--bps=${8 * width}`,
  "--sample-rate=256",
  "-f",
  "-o",
  output,
  input,
];

/** In the order of the table. */
export const TOOLS: readonly Tool[] = [
  {
    name: "flac",
    program: "flac",
    command: "flac -8 -e -p --lax --no-padding --blocksize=4096, each channel as mono",
    perChannel: true,
    args: (width, input, output) => flacArgs(width, input, output, []),
  },
  {
    name: "flac_bare",
    program: "flac",
    command: "the same with --no-seektable",
    perChannel: true,
    args: (width, input, output) => flacArgs(width, input, output, ["--no-seektable"]),
  },
  {
    name: "wavpack",
    program: "wavpack",
    command: "wavpack -hh -x6, each channel as mono",
    perChannel: true,
    args: (width, input, output) => [
      ..."-hh -x6 -q -y".split(" "),
      `--raw-pcm=256,${8 * width},1`,
      input,
      "-o",
      output,
    ],
  },
  {
    name: "zstd",
    program: "zstd",
    command: "zstd -19, all channels of a rate in one piece",
    perChannel: false,
    args: (_width, input, output) => ["-19", "-q", "-f", "-o", output, input],
  },
  {
    name: "gzip",
    program: "gzip",
    command: "gzip -9, all channels of a rate in one piece",
    perChannel: false,
    args: (_width, input) => ["-9", "-k", "-n", "-f", "-S", ".out", input],
  },
];

/** A tool and the version that answered. */
export interface InstalledTool {
  readonly tool: Tool;
  readonly version: string;
}

/** The tools that can be run here. */
export async function installedTools(): Promise<InstalledTool[]> {
  const found: InstalledTool[] = [];
  for (const tool of TOOLS) {
    const version = await versionOf(tool.program);
    if (version !== undefined) found.push({ tool, version });
  }
  return found;
}

/** First number with dots in what `--version` prints; undefined when the program is not there. */
async function versionOf(program: string): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, { args: ["--version"] }).output();
    if (!success) return undefined;
    return /\d+(\.\d+)+/.exec(new TextDecoder().decode(stdout))?.[0] ?? "unknown";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Bytes that a tool makes of streams.
 *
 * @param options.folder A temporary folder of the run; what is put there is removed again.
 */
export async function toolBytes(
  tool: Tool,
  streams: readonly WholeStream[],
  options: { width: 2 | 3; folder: string; signal: AbortSignal },
): Promise<number> {
  const { width, folder, signal } = options;
  const inputs = streams.flatMap(({ channels }) => {
    const pieces = channels.map((samples) => converterBytes(samples, width));
    return tool.perChannel ? pieces : [concatBytes(...pieces)];
  });
  let total = 0;
  // Nothing here is timed: both cores may work.
  const workers = Array.from({ length: Math.max(1, navigator.hardwareConcurrency) }, async () => {
    // WavPack wants that ending.
    const name = `${folder}/${crypto.randomUUID()}.raw`;
    for (let bytes = inputs.pop(); bytes !== undefined; bytes = inputs.pop()) {
      signal.throwIfAborted();
      const size = await runTool(tool, bytes, { width, name });
      total += size;
    }
  });
  await Promise.all(workers);
  return total;
}

async function runTool(
  tool: Tool,
  bytes: Uint8Array,
  { width, name }: { width: 2 | 3; name: string },
): Promise<number> {
  const output = `${name}.out`;
  await Deno.writeFile(name, bytes);
  try {
    const { success, stderr } = await new Deno.Command(tool.program, {
      args: tool.args(width, name, output),
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) {
      const why = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
      throw new Error(
        `Cannot measure ${tool.program}: it failed on ${bytes.byteLength} bytes: ${why}`,
      );
    }
    return (await Deno.stat(output)).size;
  } finally {
    for (const path of [name, output]) await Deno.remove(path).catch(() => {});
  }
}
