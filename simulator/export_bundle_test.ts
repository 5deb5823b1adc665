import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { formatVerifierKey } from "@wavekeep/core/log";
import { fileURLToPath } from "node:url";
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
    const [made, unknown, wrong] = await Promise.all([
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
    deepStrictEqual([unknown.code, wrong.code], [1, 2]);
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
