/**
 * Bench. The README's table of codec sizes, written from a results file and never by hand.
 *
 * @module
 */

import { headText } from "../../core/testing/machine.ts";
import type { Report } from "../report.ts";
import type { CodecResults, RecordingResult } from "./results.ts";

/** Marks of the block in README.md. */
export const CODEC_BLOCK = { start: "<!-- codec:start -->", end: "<!-- codec:end -->" } as const;

/**
 * The block: machine, table, and what stands beside it.
 *
 * @param file Name of the results file, as the reader finds it from the repository's root.
 */
export function codecReadmeBlock(report: Report, codec: CodecResults, file: string): string {
  return [
    `${headText({ ...report, postgres: undefined })}. One run of ` +
    `\`deno task bench${runFlags(report)}\`: [\`${file}\`](${file}). Bits per sample; ours are ` +
    "independent one-second chunks, with coding headers and parameter sets counted.",
    "",
    "| Recording | FLAC | WavPack | zstd | gzip | codec 1 | codec 2, live | codec 2, file | of FLAC | must | encode | decode |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ...codec.recordings.map(tableLine),
    "",
    `Encode (with learning) and decode: million samples a second, one core. ${toolSentence(codec)}`,
    "",
    ...facts(codec).map((fact) => `- ${fact}`),
    "",
  ].join("\n");
}

function runFlags({ workload, only }: Report): string {
  return `${workload === "full" ? " --full" : ""}${only === null ? "" : ` --only ${only}`}`;
}

function tableLine(result: RecordingResult): string {
  const { tools, own, must, met } = result;
  const cells = [
    `${result.path.replace(/\.(edf|bdf)$/i, "")}, ${result.shape}${
      result.raw_bits === 24 ? ", 24 bits" : ""
    }`,
    ...[tools.flac, tools.wavpack, tools.zstd, tools.gzip].map(bitsCell),
    bitsCell(own.predictive),
    bitsCell(own.live),
    `**${own.file.toFixed(2)}**`,
    shareCell(result.file_of_flac),
    `≤ ${must.toFixed(2)}: ${met === null ? "–" : met ? "met" : "**not met**"}`,
    result.encode_file.toFixed(1),
    result.decode_file.toFixed(1),
  ];
  return `| ${cells.join(" | ")} |`;
}

function toolSentence({ tools }: CodecResults): string {
  return tools.filter(({ name }) => name !== "flac_bare").map(({ command, version }) =>
    `\`${command.split(",")[0]}\`${command.slice(command.indexOf(","))}${
      version === null ? " (not installed)" : ` (${version})`
    }`
  ).join("; ") + ".";
}

function facts({ recordings, decode, frame }: CodecResults): string[] {
  const found: string[] = [];
  if (decode !== null) {
    found.push(
      `Decoding ${decode.path}, ${decode.channels} channels, again and again on one core: ` +
        `${decode.deno.toFixed(0)} M samples/s in Deno` +
        (decode.chromium === null
          ? "."
          : `, ${decode.chromium.toFixed(0)} in Chromium ${decode.chromium_version}, the same ` +
            "samples."),
    );
  }
  found.push(liveFact(recordings));
  const withCopies = recordings.filter(({ without_copies }) => without_copies !== null);
  if (withCopies.length > 0) found.push(copiesFact(withCopies));
  const { header_bytes, digest_bytes, checksum_bytes, signature_bytes } = frame;
  const around = header_bytes + digest_bytes + checksum_bytes;
  const first = recordings[0]!;
  found.push(
    `Every chunk has ${around} bytes around its payload, not counted above: ${header_bytes} of header ` +
      `(what, where, when), ${digest_bytes} of digests (chunk before, samples, parameter set), ` +
      `${checksum_bytes} of checksum; a signature adds ${signature_bytes}. For ${first.path} that is ` +
      `${(first.own.file_with_headers - first.own.file).toFixed(2)} bits a sample of header and ` +
      `checksum, ${
        (first.own.file_with_frames - first.own.file_with_headers).toFixed(2)
      } of digests.`,
    "FLAC's figure holds its seek table, as the program writes it" +
      `${withoutSeekTable(recordings)}${
        naming(recordings.filter((r) => (r.file_of_flac_bare ?? 0) > r.must), {
          before: "; against that, ",
          after: " is above its bound",
        })
      }.`,
  );
  found.push(...beatenFact(recordings));
  return found;
}

/** What it costs not to know the next minute. */
function liveFact(recordings: readonly RecordingResult[]): string {
  const above = recordings.filter((r) => (r.live_of_flac ?? 0) > r.must);
  const speeds = recordings.map((r) => r.encode_live);
  const growth = recordings.map(({ own }) => 100 * (own.live / own.file - 1));
  return "The bounds are kept with look-ahead. Live, without it, chunks and sets are " +
    `${Math.min(...growth).toFixed(1)} to ${Math.max(...growth).toFixed(1)} % larger` +
    naming(above, { before: "; above its bound is then ", after: "" }) +
    `. Encoding live: ${Math.min(...speeds).toFixed(1)} to ${
      Math.max(...speeds).toFixed(1)
    } M samples/s.`;
}

/** What another program makes smaller than we do. */
function beatenFact(recordings: readonly RecordingResult[]): string[] {
  const beaten = recordings.filter(({ tools, own }) =>
    [tools.flac, tools.wavpack, tools.zstd, tools.gzip].some((bits) =>
      bits !== null && bits < own.file
    )
  );
  if (beaten.length === 0) return [];
  return [
    `Another program is smaller than ours on ${list(beaten)}: zstd and gzip see what repeats and ` +
    "which values never occur over a whole file, FLAC and WavPack adapt over sixteen seconds.",
  ];
}

function naming(
  recordings: readonly RecordingResult[],
  { before, after }: { before: string; after: string },
): string {
  return recordings.length === 0 ? "" : `${before}${list(recordings)}${after}`;
}

function list(recordings: readonly RecordingResult[]): string {
  return recordings.map(({ path }) => path.slice(path.indexOf("/") + 1).replace(/\.\w+$/, ""))
    .join(", ");
}

/** What a codec that looks across channels gets for nothing, and what is left without it. */
function copiesFact(recordings: readonly RecordingResult[]): string {
  const name = (path: string) => path.slice(path.indexOf("/") + 1).replace(/\.(edf|bdf)$/i, "");
  const list = recordings.map(({ path, own, file_of_flac, without_copies }) => {
    const { copies, file, file_of_flac: share } = without_copies!;
    return `${name(path)} (${copies.length}) ${own.file.toFixed(2)} → ${file.toFixed(2)} bits, ` +
      `${shareCell(file_of_flac)} → ${shareCell(share)} of FLAC`;
  });
  return "Some channels copy or mirror an earlier one exactly; with them and (how many) without them, " +
    `FLAC measured both times: ${list.join("; ")}.`;
}

function withoutSeekTable(recordings: readonly RecordingResult[]): string {
  const gains = recordings.flatMap(({ tools }) =>
    tools.flac === null || tools.flac_bare === null ? [] : [1 - tools.flac_bare / tools.flac]
  );
  if (gains.length === 0) return "";
  const percent = (value: number) => (100 * value).toFixed(1);
  return `; without it it is ${percent(Math.min(...gains))} to ${
    percent(Math.max(...gains))
  } % smaller`;
}

function bitsCell(bits: number | null): string {
  return bits === null ? "–" : bits.toFixed(2);
}

function shareCell(share: number | null): string {
  return share === null ? "–" : `${share.toFixed(3)} ×`;
}

/** The same for a terminal. */
export function codecTextTable(codec: CodecResults): string {
  const head = "recording,FLAC,WavPack,zstd,gzip,codec 1,live,file,of FLAC,encode,decode".split(
    ",",
  );
  const lines = codec.recordings.map(({ path, tools, own, ...result }) => [
    path,
    ...[tools.flac, tools.wavpack, tools.zstd, tools.gzip].map(bitsCell),
    ...[own.predictive, own.live, own.file].map(bitsCell),
    `${shareCell(result.file_of_flac)} ${result.met === false ? "NOT MET" : ""}`.trimEnd(),
    `${result.encode_file.toFixed(1)} M/s`,
    `${result.decode_file.toFixed(1)} M/s`,
  ]);
  const rows = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const table = rows.map((cells) =>
    cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
    ).join("  ").trimEnd()
  );
  return [...table, "", ...facts(codec), ""].join("\n");
}
