/**
 * What `codec stat` says of a file, for people.
 *
 * @module
 */

import type { FileStat } from "./stat_report.ts";

/** A file as a few lines of text. */
export function statText(stat: FileStat): string {
  const { streams, segments } = stat;
  const shape = streams.map(({ channels, rate }) => `${channels} × ${rate} Hz`).join(", ");
  const rows = [
    ["", "bits/sample", "with frames", "bytes", "sets", "encode", "decode", "codecs"],
    row(stat.coding === "auto" ? "file" : stat.coding, stat),
    ...(stat.live === null ? [] : [row("live", stat.live)]),
    ...(stat.coding === "predictive" ? [] : [row("predictive", stat.predictive)]),
  ];
  return [
    `${stat.file}: ${stat.format}, ${shape}, ${count(stat.duration_seconds)} s` +
    `${segments > 1 ? ` in ${segments} segments` : ""}, ${count(stat.samples)} samples, ` +
    `${count(stat.raw_bytes)} bytes raw (${stat.raw_bytes_per_sample} a sample)`,
    ...alignedLines(rows).map((line) => `  ${line}`),
    `  ${count(stat.frame_bytes)} bytes of frames, ${count(stat.digest_bytes)} of them digests; ` +
    `every chunk decoded and compared`,
    "",
  ].join("\n");
}

type Sizes = Omit<FileStat["predictive"], never>;

function row(name: string, sizes: Sizes): string[] {
  return [
    name,
    sizes.bits_per_sample.toFixed(3),
    sizes.bits_per_sample_with_frames.toFixed(3),
    count(sizes.encoded_bytes),
    `${sizes.parameter_set_count} (${count(sizes.parameter_set_bytes)} B)`,
    `${(sizes.encode_samples_per_second / 1e6).toFixed(1)} M/s`,
    `${(sizes.decode_samples_per_second / 1e6).toFixed(1)} M/s`,
    Object.entries(sizes.codecs).map(([codec, chunks]) => `${codec} ${count(chunks)}`).join(", "),
  ];
}

/** The first and the last column to the left, numbers to the right. */
function alignedLines(rows: readonly (readonly string[])[]): string[] {
  const last = rows[0]!.length - 1;
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]!.length))
  );
  return rows.map((cells) =>
    cells.map((cell, column) =>
      column === 0 || column === last
        ? cell.padEnd(widths[column]!)
        : cell.padStart(widths[column]!)
    ).join("  ").trimEnd()
  );
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
