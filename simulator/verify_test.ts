import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { formatVerifierKey } from "@wavekeep/core/log";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { TAR_END_BYTES, tarHeader, tarPadding } from "@wavekeep/core/proof";
import { concatBytes } from "@wavekeep/core/bytes";
import { fileURLToPath } from "node:url";
import { madeBundle } from "../core/proof/testing/made_bundle.ts";

const BUNDLE = await madeBundle();
const policy = BUNDLE.options.policy!;
const LOG_KEY = formatVerifierKey(policy.logKey, nodeSha256);
const WITNESS_KEY = formatVerifierKey(policy.witnessKeys[0]!, nodeSha256);

/** Runs the command as somebody would. */
async function verify(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--allow-read",
      "--allow-env=NODE_V8_COVERAGE",
      fileURLToPath(import.meta.resolve("./verify.ts")),
      ...args,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, bytes] of BUNDLE.files) {
      await Deno.mkdir(`${folder}/b/data`, { recursive: true });
      await Deno.writeFile(`${folder}/b/${path}`, bytes);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("deno task verify calls a sound bundle sound, as folder and as tar", async () => {
  await inFolder(async (folder) => {
    const parts = [...BUNDLE.files].flatMap(([path, bytes]) => [
      tarHeader({ path, byteLength: bytes.byteLength }),
      bytes,
      new Uint8Array(tarPadding(bytes.byteLength)),
    ]);
    await Deno.writeFile(`${folder}/b.tar`, concatBytes(...parts, new Uint8Array(TAR_END_BYTES)));
    await Deno.writeFile(`${folder}/kept`, await BUNDLE.checkpointAt(20));
    const [asFolder, asTar] = await Promise.all(["b", "b.tar"].map((name) =>
      verify(
        ...[`${folder}/${name}`, "--log-key", LOG_KEY, "--witness-key", WITNESS_KEY],
        ...["--checkpoint", `${folder}/kept`],
      )
    ));
    strictEqual(asFolder!.code, 0, asFolder!.err + asFolder!.out);
    match(asFolder!.out, /^Recording {3}R-1 of patient P-1/);
    match(asFolder!.out, /SOUND/);
    match(asFolder!.out, /1 of the witnesses given/);
    deepStrictEqual([asTar!.code, asTar!.out], [0, asFolder!.out]);
  });
});

Deno.test("deno task verifier makes one file, which verifies in an empty folder and may do nothing but read", async () => {
  await inFolder(async (folder) => {
    const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
    const words: string[] = tasks.verifier.split(" ");
    const run = async (args: string[], cwd: string) => {
      const command = new Deno.Command(Deno.execPath(), { args, cwd, env: { NO_COLOR: "1" } });
      const { code, stdout, stderr } = await command.output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, out: text(stdout), err: text(stderr) };
    };
    const file = `${folder}/empty/wavekeep-verify.js`;
    await Deno.mkdir(`${folder}/empty`);
    const bundled = words.slice(1).map((word) => word === "wavekeep-verify.js" ? file : word);
    const made = await run(bundled, fileURLToPath(new URL("..", import.meta.url)));
    strictEqual(made.code, 0, made.err);
    await Deno.writeTextFile(`${folder}/empty/log.key`, `${LOG_KEY}\n`);
    const { code, out, err } = await run(
      ["run", "--no-prompt", "--allow-read", file, "../b", "--log-key", "log.key"],
      `${folder}/empty`,
    );
    strictEqual(code, 0, err);
    match(out, /SOUND/);
  });
});

Deno.test("deno task verify names what differs, and says so by its exit code", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/b/data/segment_1.edf`;
    const bytes = await Deno.readFile(path);
    bytes[256 * 5 + 2]! ^= 4;
    await Deno.writeFile(path, bytes);
    await Deno.writeTextFile(`${folder}/log.key`, `${LOG_KEY}\n`);
    const [words, json] = await Promise.all(
      [[], ["--json"]].map((more) =>
        verify(`${folder}/b`, "--log-key", `${folder}/log.key`, ...more)
      ),
    );
    strictEqual(words!.code, 1);
    match(words!.out, /samples are not those that were captured: .*stream 0, chunk 0, second 10/);
    strictEqual(json!.code, 1);
    const { outcome, findings } = JSON.parse(json!.out);
    strictEqual(outcome, "differs");
    deepStrictEqual(findings.map(({ kind }: { kind: string }) => kind), [
      "file-differs",
      "samples-differ",
    ]);
  });
});

Deno.test("deno task verify tells wrong usage and what cannot be checked from what differs", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/kept`, await BUNDLE.checkpointAt(8));
    const [help, none, key, missing, untold] = await Promise.all([
      verify("--help"),
      verify(`${folder}/b`),
      verify(`${folder}/b`, "--log-key", WITNESS_KEY),
      verify(`${folder}/c`, "--log-key", LOG_KEY),
      verify(`${folder}/b`, "--log-key", LOG_KEY, "--checkpoint", `${folder}/kept`),
    ]);
    deepStrictEqual([help, none, key, missing, untold].map((ran) => ran!.code), [0, 2, 2, 2, 2]);
    match(help!.out, /Exit codes: 0 sound/);
    match(none!.err, /--log-key is needed/);
    match(key!.err, /another type/);
    match(untold!.out, /NOT DECIDED/);
  });
});
