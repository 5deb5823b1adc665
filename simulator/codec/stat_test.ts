import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { stat } from "./stat.ts";
import { FileStat } from "./stat_report.ts";
import { CANARY, edfFile, withFolder } from "./testing/edf_files.ts";

async function run(
  files: readonly string[],
  options: { json?: boolean; codec?: "auto" | "raw" | "predictive" } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  const code = await stat({
    files,
    json: options.json ?? true,
    codec: options.codec ?? "auto",
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text + "\n"),
    isTerminal: false,
    signal: new AbortController().signal,
  });
  return { code, stdout, stderr };
}

Deno.test("stat() prints an array with one object a file, every number of it consistent", async () => {
  await withFolder(async (folder) => {
    const [edf, bdf] = [`${folder}/a.edf`, `${folder}/b.bdf`];
    await Deno.writeFile(edf, await edfFile({ format: "EDF+D", records: 6, gapBefore: 3 }));
    await Deno.writeFile(bdf, await edfFile({ format: "BDF", records: 3, recordSeconds: 1 }));
    const { code, stdout } = await run([edf, bdf]);
    strictEqual(code, 0);
    const stats = FileStat.array().parse(JSON.parse(stdout));
    deepStrictEqual(stats.map(({ file, format }) => [file, format]), [
      ["a.edf", "EDF+D"],
      ["b.bdf", "BDF"],
    ]);
    const [a, b] = stats as [FileStat, FileStat];
    strictEqual(a.segments, 2);
    strictEqual(a.duration_seconds, 30);
    deepStrictEqual(a.streams.map(({ channels, rate, samples }) => [channels, rate, samples]), [
      [3, "64", 1920],
      [1, "12.8", 384],
    ]);
    strictEqual(a.samples, 3 * 1920 + 384);
    strictEqual(a.raw_bytes, 2 * a.samples);
    strictEqual(a.chunks, 60);
    strictEqual(b.raw_bytes, 3 * b.samples);
    for (const file of stats) {
      strictEqual(file.verified, true);
      strictEqual(file.predictive_bits_per_sample, file.predictive.bits_per_sample);
      for (const sizes of [file, file.live!, file.predictive]) {
        const parts = sizes.payload_bytes + sizes.parameter_set_bytes + sizes.frame_bytes;
        strictEqual(sizes.encoded_bytes, parts);
        strictEqual(sizes.frame_bytes, 164 * sizes.chunks);
        strictEqual(sizes.digest_bytes, 96 * sizes.chunks);
        const bits = 8 * (sizes.payload_bytes + sizes.parameter_set_bytes) / file.samples;
        ok(Math.abs(sizes.bits_per_sample - bits) < 1e-4);
        strictEqual(Object.values(sizes.codecs).reduce((sum, n) => sum + n, 0), sizes.chunks);
        ok(sizes.encode_samples_per_second > 0 && sizes.decode_samples_per_second > 0);
      }
      deepStrictEqual(file.predictive.codecs, { predictive: file.chunks });
    }
  });
});

Deno.test("stat() with a codec that does not learn has no live numbers", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.edf`;
    await Deno.writeFile(path, await edfFile({ format: "EDF", records: 2, recordSeconds: 1 }));
    const [found] = FileStat.array().parse(
      JSON.parse((await run([path], { codec: "raw" })).stdout),
    );
    strictEqual(found!.coding, "raw");
    strictEqual(found!.live, null);
    deepStrictEqual(found!.codecs, { raw: 2 });
    strictEqual(found!.bits_per_sample, 32);
    ok(found!.predictive_bits_per_sample < 32);
  });
});

Deno.test("stat() goes on after a file that cannot be read, and says so", async () => {
  await withFolder(async (folder) => {
    const [broken, fine] = [`${folder}/broken.edf`, `${folder}/fine.edf`];
    await Deno.writeTextFile(broken, "not a recording");
    await Deno.writeFile(fine, await edfFile({ format: "EDF", records: 1, recordSeconds: 1 }));
    const { code, stdout, stderr } = await run([broken, `${folder}/none.edf`, fine]);
    strictEqual(code, 1);
    deepStrictEqual(JSON.parse(stdout).map(({ file }: FileStat) => file), ["fine.edf"]);
    ok(/broken\.edf/.test(stderr) && /none\.edf: no such file/.test(stderr), stderr);
  });
});

Deno.test("stat() prints for people without --json, and never what identifies a patient", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.edf`;
    await Deno.writeFile(path, await edfFile({ format: "EDF+C", records: 2, recordSeconds: 1 }));
    const table = await run([path], { json: false });
    ok(/a\.edf: EDF\+C, 3 × 64 Hz, 2 s, 384 samples, 768 bytes raw/.test(table.stdout));
    ok(/^ {2}live /m.test(table.stdout) && /^ {2}predictive /m.test(table.stdout));
    const json = await run([path]);
    for (const text of Object.values({ ...table, json: json.stdout })) {
      ok(!String(text).includes(CANARY));
    }
  });
});
