/**
 * The command line of `deno task codec`.
 *
 * @module
 */

import { type ParsedFlags, textFlag, UsageError } from "../command.ts";
import { FIXED_CODECS, type FixedCodecName } from "./coding.ts";

export const CODEC_USAGE = `Usage: deno task codec stat [--json] [--codec NAME] FILE…
       deno task codec encode [--codec NAME] [--keep-identity] [--force] IN.edf OUT.wkc
       deno task codec decode [--as FORMAT] [--stream N] [--segment N] [--force] IN.wkc OUT

stat     says how small the EDF, EDF+ or BDF files become and how fast: bits per sample, bytes, encode
         and decode samples per second, against the per-channel codec on the same one-second chunks.
encode   writes a file's samples, channels and start as chunks.
decode   gives them back, each chunk verified by checksum and digest.

  --json           stat: one JSON array on standard output, an object a file
  --codec NAME     auto (default: the encoder chooses for each chunk), predictive or raw
  --keep-identity  encode: also keep the header's identification fields, the annotations and whatever
                   follows the last record, so that decode gives the file back byte for byte. Without
                   it they stay out of OUT.wkc; what is left out is said
  --as FORMAT      decode: edf, csv or raw (int32, little-endian, a row of channels a sample);
                   default by the ending of OUT: .edf, .bdf and .rec, .csv, or .raw and .i32
  --stream N       decode to csv or raw: which stream; needed where the file has several
  --segment N      decode to csv or raw: only this segment; raw needs it where there are gaps
  --force          replace OUT when it exists
  --help           this text

A .wkc file holds a patient's EEG in the clear: treat it like the EDF file it came from.
Exit codes: 0 fine, 1 refused or failed, 2 usage.
`;

export const CODEC_OPTIONS = {
  "json": { type: "boolean" },
  "codec": { type: "string" },
  "keep-identity": { type: "boolean" },
  "as": { type: "string" },
  "stream": { type: "string" },
  "segment": { type: "string" },
  "force": { type: "boolean" },
} as const;

export const OUTPUT_FORMATS = ["edf", "csv", "raw"] as const;
export type OutputFormat = typeof OUTPUT_FORMATS[number];

/** What one call asks for. */
export type CodecCommand =
  | { command: "stat"; files: readonly string[]; json: boolean; codec: "auto" | FixedCodecName }
  | {
    command: "encode";
    input: string;
    output: string;
    codec: "auto" | FixedCodecName;
    keepIdentity: boolean;
    force: boolean;
  }
  | {
    command: "decode";
    input: string;
    output: string;
    as: OutputFormat;
    stream: number | null;
    segment: number | null;
    force: boolean;
  };

/** Which flags a command knows. */
const FLAGS: Readonly<Record<CodecCommand["command"], readonly string[]>> = {
  stat: ["json", "codec"],
  encode: ["codec", "keep-identity", "force"],
  decode: ["as", "stream", "segment", "force"],
};

const ENDINGS: Readonly<Record<string, OutputFormat>> = {
  edf: "edf",
  bdf: "edf",
  rec: "edf",
  csv: "csv",
  raw: "raw",
  i32: "raw",
};

/** @throws {UsageError} Anything that does not make sense. */
export function codecCommand(flags: ParsedFlags): CodecCommand {
  const [command, ...paths] = flags.positionals;
  if (command !== "stat" && command !== "encode" && command !== "decode") {
    throw new UsageError(
      command === undefined
        ? "A command is needed: stat, encode or decode"
        : `"${command}" is no command: stat, encode and decode are`,
    );
  }
  for (const name of Object.keys(CODEC_OPTIONS)) {
    if (flags.values[name] !== undefined && !FLAGS[command].includes(name)) {
      throw new UsageError(`--${name} means nothing to ${command}`);
    }
  }
  if (command === "stat") {
    if (paths.length === 0) throw new UsageError("At least one FILE is needed");
    return { command, files: paths, json: flags.values["json"] === true, codec: codecFlag(flags) };
  }
  const [input, output] = paths;
  if (input === undefined || output === undefined || paths.length > 2) {
    throw new UsageError(`${command} takes an input and an output, not ${paths.length} paths`);
  }
  const force = flags.values["force"] === true;
  if (command === "encode") {
    const keepIdentity = flags.values["keep-identity"] === true;
    return { command, input, output, codec: codecFlag(flags), keepIdentity, force };
  }
  const as = formatFlag(flags, output);
  const stream = indexFlag(flags, "stream");
  const segment = indexFlag(flags, "segment");
  if (as === "edf" && (stream !== null || segment !== null)) {
    throw new UsageError(
      "--stream and --segment are for csv and raw: an EDF file holds everything",
    );
  }
  return { command, input, output, as, stream, segment, force };
}

function codecFlag(flags: ParsedFlags): "auto" | FixedCodecName {
  const text = textFlag(flags, "codec") ?? "auto";
  const known = ["auto", ...FIXED_CODECS] as const;
  const found = known.find((name) => name === text);
  if (found === undefined) {
    throw new UsageError(`--codec is "${text}", must be one of ${known.join(", ")}`);
  }
  return found;
}

function formatFlag(flags: ParsedFlags, output: string): OutputFormat {
  const text = textFlag(flags, "as");
  const ending = /\.([A-Za-z0-9]+)$/.exec(output)?.[1]?.toLowerCase() ?? "";
  const found = text === undefined
    ? Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined
    : OUTPUT_FORMATS.find((name) => name === text);
  if (found !== undefined) return found;
  throw new UsageError(
    text === undefined
      ? `Cannot tell a format from "${output}": end it in .edf, .csv or .raw, or give --as`
      : `--as is "${text}", must be one of ${OUTPUT_FORMATS.join(", ")}`,
  );
}

function indexFlag(flags: ParsedFlags, name: string): number | null {
  const text = textFlag(flags, name);
  if (text === undefined) return null;
  if (!/^\d{1,5}$/.test(text)) {
    throw new UsageError(`--${name} is "${text}", must be a whole number from 0`);
  }
  return Number(text);
}
