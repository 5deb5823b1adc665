/** The command as a process: exit codes, streams, and Ctrl-C. @module */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { edfFile, withFolder } from "./testing/edf_files.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

function command(...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-write", MAIN, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function outcome(...args: string[]) {
  const { code, stdout, stderr } = await command(...args).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("codec needs no permission but to read and write, and ends with 0, 1 or 2", async () => {
  await withFolder(async (folder) => {
    const [edf, wkc, back] = ["a.edf", "a.wkc", "b.edf"].map((name) => `${folder}/${name}`) as [
      string,
      string,
      string,
    ];
    const bytes = await edfFile({ format: "EDF", records: 2, recordSeconds: 1 });
    await Deno.writeFile(edf, bytes);
    const stat = await outcome("stat", "--json", edf);
    strictEqual(stat.code, 0, stat.stderr);
    strictEqual(JSON.parse(stat.stdout).length, 1);
    strictEqual((await outcome("encode", "--keep-identity", edf, wkc)).code, 0);
    strictEqual((await outcome("decode", wkc, back)).code, 0);
    deepStrictEqual(await Deno.readFile(back), bytes);

    const again = await outcome("decode", wkc, back);
    strictEqual(again.code, 1);
    match(again.stderr, /^codec: Cannot write .*b\.edf: it exists; --force replaces it\n$/);
    const wrong = await outcome("decode", edf, `${folder}/c.edf`);
    strictEqual(wrong.code, 1);
    match(wrong.stderr, /Cannot read \.wkc file: no record begins at offset 0/);
    strictEqual((await outcome("shrink", edf)).code, 2);
    const help = await outcome("--help");
    strictEqual(help.code, 0);
    match(help.stdout, /^Usage: deno task codec stat/);
  });
});

Deno.test("codec encode that is stopped leaves no file and no draft", async () => {
  await withFolder(async (folder) => {
    // Long enough that the signal comes in the middle.
    const edf = await edfFile({ format: "EDF", records: 120, channels: 40 });
    await Deno.writeFile(`${folder}/a.edf`, edf);
    const child = command("encode", `${folder}/a.edf`, `${folder}/a.wkc`).spawn();
    const draft = async () =>
      (await Array.fromAsync(Deno.readDir(folder))).some(({ name }) => name.endsWith(".part"));
    const deadline = Date.now() + 20_000;
    while (!await draft() && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGINT");
    child.kill("SIGINT");
    const { code, stderr } = await child.output();
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    ok(code === 1, `code ${code}`);
    match(new TextDecoder().decode(stderr), /Stopped before the end: nothing was written/);
    deepStrictEqual(names, ["a.edf"]);
  });
});
