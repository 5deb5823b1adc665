import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { bundleService } from "./service_bundles.ts";

/** A checkout of nothing but a service. */
async function makeCheckout(): Promise<
  { root: string; write(path: string, text: string): Promise<void> }
> {
  const root = await Deno.makeTempDir();
  const write = async (path: string, text: string) => {
    await Deno.mkdir(`${root}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, text);
  };
  await Deno.writeTextFile(`${root}/deno.json`, "{}");
  await Deno.writeTextFile(`${root}/deno.lock`, "{}");
  await write("core/word.ts", `export const word: string = "one";`);
  await write("ingest/main.ts", `import { word } from "../core/word.ts"; console.log(word);`);
  await write("ingest/verify/verify_worker.ts", `console.log("worker");`);
  return { root, write };
}

Deno.test("bundleService() makes every file of a service, and again when a source says something else", async () => {
  const { root, write } = await makeCheckout();
  try {
    const told: string[] = [];
    const bundle = () => bundleService("ingest", { root, onWork: (name) => void told.push(name) });
    const main = () => Deno.readTextFile(`${root}/ingest/dist/main.js`);
    ok(await bundle());
    ok((await main()).includes(`"one"`));
    ok((await Deno.readTextFile(`${root}/ingest/dist/verify_worker.js`)).includes(`"worker"`));
    ok(!await bundle(), "made already");

    await Deno.utime(`${root}/core/word.ts`, 2e9, 2e9);
    await write("core/word_test.ts", "// a test");
    await write("core/testing/help.ts", "// for tests");
    ok(!await bundle(), "another time, and what is in no bundle");

    await write("core/word.ts", `export const word: string = "two";`);
    ok(await bundle());
    ok((await main()).includes(`"two"`));
    await Deno.writeTextFile(`${root}/deno.lock`, `{ "version": "5" }`);
    ok(await bundle(), "other packages");
    await Deno.remove(`${root}/ingest/dist/verify_worker.js`);
    ok(await bundle(), "a file is not there");
    deepStrictEqual(told, ["ingest", "ingest", "ingest", "ingest"]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("bundleService() leaves what was there when a source is broken, and calls it old", async () => {
  const { root, write } = await makeCheckout();
  try {
    await bundleService("ingest", { root });
    await write("ingest/main.ts", `import "./missing.ts";`);
    for (let time = 0; time < 2; time++) {
      await rejects(bundleService("ingest", { root }), /Cannot bundle .*missing\.ts/s);
    }
    const left = await Array.fromAsync(Deno.readDir(`${root}/ingest/dist`), ({ name }) => name);
    deepStrictEqual(left.sort(), ["main.js", "verify_worker.js"]);
    await write("ingest/main.ts", `console.log("whole");`);
    ok(await bundleService("ingest", { root }));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
