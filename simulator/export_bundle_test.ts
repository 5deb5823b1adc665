import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { formatVerifierKey } from "@wavekeep/core/log";
import { fileURLToPath } from "node:url";
import { checkBids } from "../core/testing/bids_rules.ts";
import { readWholeEdf } from "../core/testing/read_edf.ts";
import { startPipeline } from "../query/testing/pipeline.ts";
import { sequenceLog } from "../query/testing/sequence_log.ts";
import { writeSmallEdf } from "../query/testing/small_edf.ts";

async function runScript(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", fileURLToPath(import.meta.resolve(script)), ...args],
    env: { NO_COLOR: "1", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("deno task export --bundle writes what deno task verify calls sound, and gives the job back", async () => {
  const pipeline = await startPipeline("export_bundle");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir();
  const server = Deno.serve(
    { port: 0, onListen: () => {} },
    (request) => pipeline.query.fetch(request),
  );
  try {
    await writeSmallEdf(`${folder}/a.edf`, { seconds: 4 });
    await pipeline.stream([`${folder}/a.edf`], { patientId: "p", recordingId: "r" });
    const log = await sequenceLog(pipeline.database.ownerUrl);
    await Deno.writeFile(`${folder}/kept`, await log.checkpointAt(3));
    const common = ["--patient", "p", "--query", `http://127.0.0.1:${server.addr.port}`];
    const env = { WAVEKEEP_TOKEN: await pipeline.token() };
    const bundle = `${folder}/r.tar`;
    const [made, unknown, original, wrong] = await Promise.all([
      runScript(
        "./export.ts",
        [
          ...common,
          "--recording",
          "r",
          "--out",
          bundle,
          "--bundle",
          "--checkpoint",
          `${folder}/kept`,
        ],
        env,
      ),
      runScript(
        "./export.ts",
        [...common, "--recording", "q", "--out", `${folder}/q`, "--bundle"],
        env,
      ),
      runScript(
        "./export.ts",
        [...common, "--recording", "r", "--out", `${folder}/o`, "--bundle", "--original"],
        env,
      ),
      runScript("./export.ts", [
        ...common,
        "--recording",
        "r",
        "--out",
        "x",
        "--bundle",
        "--start",
        "1",
      ]),
    ]);
    strictEqual(made.code, 0, made.err);
    match(made.out, /with their proof/);
    deepStrictEqual([unknown.code, original.code, wrong.code], [1, 1, 2]);
    match(original.err, /originals:export/);
    match(unknown.err, /recording-not-found|No such recording/);
    const verified = await runScript("./verify.ts", [
      ...[bundle, "--log-key", formatVerifierKey(log.logKey, nodeSha256)],
      ...["--checkpoint", `${folder}/kept`],
    ]);
    strictEqual(verified.code, 0, verified.out + verified.err);
    match(verified.out, /SOUND/);
    const left = await Array.fromAsync(Deno.readDir(pipeline.exportFolder));
    deepStrictEqual(left, [], "the service keeps nothing of it");
    ok(!(await Array.fromAsync(Deno.readDir(folder))).some(({ name }) => name.endsWith(".part")));
  } finally {
    await server.shutdown();
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("deno task export --bids lays out a dataset by the rules, beside nothing that stood there", async () => {
  const pipeline = await startPipeline("export_bids");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir();
  const server = Deno.serve(
    { port: 0, onListen: () => {} },
    (request) => pipeline.query.fetch(request),
  );
  try {
    const onsets = [0, 1, 2, 10, 11];
    await writeSmallEdf(`${folder}/a.edf`, { seconds: 5, onsets, mark: "a mark" });
    await pipeline.stream([`${folder}/a.edf`], { patientId: "p_1", recordingId: "r" });
    const env = { WAVEKEEP_TOKEN: await pipeline.token() };
    const url = `http://127.0.0.1:${server.addr.port}`;
    const common = ["--patient", "p_1", "--recording", "r", "--query", url, "--bids"];
    const out = `${folder}/dataset`;
    const [made, untold] = await Promise.all([
      runScript("./export.ts", [...common, "--out", out, "--task", "rest"], env),
      runScript("./export.ts", [...common, "--out", `${folder}/other`], env),
    ]);
    strictEqual(made.code, 0, made.err);
    strictEqual(untold.code, 2);
    match(untold.err, /--bids needs --task/);
    const again = await runScript("./export.ts", [...common, "--out", out, "--task", "rest"], env);
    strictEqual(again.code, 1);
    match(again.err, /is there already/);
    const files = await filesIn(out, "");
    deepStrictEqual(checkBids(files), []);
    const runs = [...files.keys()].filter((path) => path.endsWith("_eeg.edf")).sort();
    strictEqual(runs.length, 4, "two stretches of two streams");
    const { samples } = await readWholeEdf(files.get(runs[0]!)!);
    const { samples: sent } = await readWholeEdf(await Deno.readFile(`${folder}/a.edf`));
    deepStrictEqual(samples[0], sent[0]!.slice(0, samples[0]!.length));
    const left = await Array.fromAsync(Deno.readDir(pipeline.exportFolder));
    deepStrictEqual(left, [], "the service keeps nothing of it");
    const beside = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
    deepStrictEqual(beside, ["a.edf", "dataset"]);
  } finally {
    await server.shutdown();
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});

async function filesIn(root: string, inside: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${inside}`)) {
    if (!isDirectory) files.set(inside + name, await Deno.readFile(`${root}/${inside}${name}`));
    else {for (const [path, bytes] of await filesIn(root, `${inside}${name}/`)) {
        files.set(path, bytes);
      }}
  }
  return files;
}
