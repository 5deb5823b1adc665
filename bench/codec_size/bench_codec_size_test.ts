/** The codec bench on a small file, with and without other people's codecs. No time is asserted. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { edfFile } from "../../simulator/codec/testing/edf_files.ts";
import { silentProgress } from "../progress.ts";
import { makeReport, Report, reportFileName, reportText } from "../report.ts";
import { replaceBlock } from "../table.ts";
import { benchCodecSizes, decodeJob } from "./bench_codec_size.ts";
import { decodeRounds } from "./decode_rounds.ts";
import { decodeInChromium } from "./in_chromium.ts";
import { CODEC_BLOCK, codecReadmeBlock, codecTextTable } from "./readme_block.ts";
import { RECORDINGS, sizeStepName, wantedRecordings } from "./recordings.ts";
import { CodecResults } from "./results.ts";
import { type InstalledTool, installedTools } from "./tools.ts";

async function bench(
  tools: readonly InstalledTool[],
): Promise<{ results: CodecResults; notices: string[] }> {
  const dataFolder = await Deno.makeTempDir({ prefix: "wavekeep-bench-test-" });
  const tempRoot = await Deno.makeTempDir({ prefix: "wavekeep-bench-test-" });
  const notices: string[] = [];
  try {
    const plain = { format: "EDF", records: 2, recordSeconds: 1, channels: 23 } as const;
    await Deno.writeFile(`${dataFolder}/plain.edf`, await edfFile(plain));
    const gapped = { format: "BDF+D", records: 4, gapBefore: 2 } as const;
    await Deno.writeFile(`${dataFolder}/gapped.bdf`, await edfFile(gapped));
    const results = await benchCodecSizes({
      dataFolder,
      tempRoot,
      recordings: ["plain.edf", "gapped.bdf"].map((path) => ({
        path,
        isDefault: true,
        flacShareMax: 2,
      })),
      chromium: false,
      progress: silentProgress,
      signal: new AbortController().signal,
      notice: (line) => void notices.push(line),
      timedMsMin: 1,
      tools,
    });
    // Refuses when anything is still in it.
    await Deno.remove(tempRoot);
    return { results, notices };
  } finally {
    await Deno.remove(dataFolder, { recursive: true });
  }
}

Deno.test("benchCodecSizes() leaves the columns of missing tools empty and says so", async () => {
  const { results, notices } = await bench([]);
  deepStrictEqual(CodecResults.parse(JSON.parse(JSON.stringify(results))), results);
  deepStrictEqual(
    notices,
    ["flac", "wavpack", "zstd", "gzip"]
      .map((program) => `${program} is not installed: its column stays empty`),
  );
  for (const recording of results.recordings) {
    deepStrictEqual(new Set(Object.values(recording.tools)), new Set([null]));
    strictEqual(recording.met, null);
    ok(recording.own.file <= recording.own.file_with_headers);
    ok(recording.own.file_with_headers <= recording.own.file_with_frames);
  }
  deepStrictEqual(results.recordings.map(({ shape, raw_bits }) => [shape, raw_bits]), [
    ["23 × 64 Hz", 16],
    ["3 × 64 Hz, 1 × 12.8 Hz", 24],
  ]);
  strictEqual(results.decode?.path, "plain.edf");
  ok(codecTextTable(results).startsWith("recording "));
});

Deno.test("benchCodecSizes() measures by every tool that is installed", async () => {
  const tools = await installedTools();
  const { results, notices } = await bench(tools);
  strictEqual(notices.length, 4 - new Set(tools.map(({ tool }) => tool.program)).size);
  for (const { tools: bits } of results.recordings) {
    for (const { tool } of tools) ok(bits[tool.name]! > 0, tool.name);
    if (bits.flac !== null) ok(bits.flac_bare! < bits.flac);
  }
});

Deno.test("codecReadmeBlock() stands between its marks, with a line for each recording", async () => {
  const { results } = await bench([]);
  const report = await makeReport({
    startedAt: new Date(0),
    elapsedSeconds: 1,
    workload: "default",
    only: "codec-size",
    postgres: "not used",
    rows: [],
    codec: results,
  });
  deepStrictEqual(Report.parse(JSON.parse(reportText(report))), report);
  ok(reportFileName(report).endsWith("_codec.json"));
  const block = codecReadmeBlock(report, results, "bench/results/x.json");
  strictEqual(block.split("\n").filter((line) => /^\| (plain|gapped)/.test(line)).length, 2);
  ok(/23 channels/.test(block) && /164 bytes around its payload/.test(block));
  const readme = `a\n${CODEC_BLOCK.start}\n${CODEC_BLOCK.end}\nb\n`;
  const once = replaceBlock(readme, block, CODEC_BLOCK);
  strictEqual(replaceBlock(once, block, CODEC_BLOCK), once);
});

Deno.test("wantedRecordings() takes a few, all, those of a name, or none", () => {
  strictEqual(wantedRecordings({ share: "some" }).length, 5);
  strictEqual(wantedRecordings({ share: "all" }).length, RECORDINGS.length);
  strictEqual(
    wantedRecordings({ share: "some", only: "codec-size" }).length,
    RECORDINGS.length,
  );
  deepStrictEqual(
    wantedRecordings({ share: "some", only: "s001r04" }).map(sizeStepName),
    ["codec-size eegmmidb/S001R04.edf"],
  );
  strictEqual(wantedRecordings({ share: "none" }).length, 0);
  strictEqual(wantedRecordings({ share: "some", only: "window" }).length, 0);
});

Deno.test("decodeInChromium() gives the samples that Deno gives", async () => {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-bench-test-" });
  try {
    const file = await edfFile({ format: "EDF", records: 8, recordSeconds: 1, channels: 8 });
    await Deno.writeFile(`${folder}/a.edf`, file);
    const job = await decodeJob(`${folder}/a.edf`);
    const found = await decodeInChromium(job);
    strictEqual(found.crc, decodeRounds(job).crc);
    ok(found.samplesPerSecond > 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
