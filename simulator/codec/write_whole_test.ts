import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { withFolder } from "./testing/edf_files.ts";
import { writeWhole } from "./write_whole.ts";

const never = new AbortController().signal;
const names = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

Deno.test("writeWhole() writes all pieces, in order, for the owner alone", async () => {
  await withFolder(async (folder) => {
    const byteLength = await writeWhole(
      `${folder}/a`,
      { force: false, signal: never },
      async (append) => {
        await append(Uint8Array.of(1, 2));
        deepStrictEqual((await names(folder)).map((name) => name.endsWith(".part")), [true]);
        await append(Uint8Array.of(3));
      },
    );
    strictEqual(byteLength, 3);
    deepStrictEqual(await Deno.readFile(`${folder}/a`), Uint8Array.of(1, 2, 3));
    strictEqual((await Deno.stat(`${folder}/a`)).mode! & 0o777, 0o600);
    deepStrictEqual(await names(folder), ["a"]);
  });
});

Deno.test("writeWhole() keeps an existing file unless told to replace it", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "old");
    const write = (force: boolean, text: string) =>
      writeWhole(
        `${folder}/a`,
        { force, signal: never },
        (append) => append(new TextEncoder().encode(text)),
      );
    await rejects(write(false, "new"), /Cannot write .*: it exists; --force replaces it/);
    strictEqual(await Deno.readTextFile(`${folder}/a`), "old");
    await write(true, "new");
    strictEqual(await Deno.readTextFile(`${folder}/a`), "new");
    await rejects(
      writeWhole(folder, { force: true, signal: never }, () => Promise.resolve()),
      /it is a folder/,
    );
    await rejects(
      writeWhole(`${folder}/none/a`, { force: true, signal: never }, () => Promise.resolve()),
      /its folder does not exist/,
    );
  });
});

Deno.test("writeWhole() leaves nothing behind when filling fails or is stopped", async () => {
  await withFolder(async (folder) => {
    const options = { force: false, signal: never };
    const half = async (append: (bytes: Uint8Array) => Promise<void>) => {
      await append(new Uint8Array(1000));
      throw new Error("the second half is missing");
    };
    await rejects(writeWhole(`${folder}/a`, options, half), /second half/);
    const stop = new AbortController();
    await rejects(
      writeWhole(`${folder}/a`, { force: false, signal: stop.signal }, async (append) => {
        await append(new Uint8Array(1000));
        stop.abort(new Error("stopped"));
        await append(new Uint8Array(1000));
      }),
      /stopped/,
    );
    deepStrictEqual(await names(folder), []);
  });
});

Deno.test("writeWhole() never replaces the file that is read, by whatever name", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "kept");
    await Deno.symlink(`${folder}/a`, `${folder}/b`);
    for (const path of [`${folder}/a`, `${folder}/b`]) {
      const options = { input: `${folder}/a`, force: true, signal: never };
      await rejects(
        writeWhole(path, options, () => Promise.resolve()),
        /it is the file that is read/,
      );
    }
    strictEqual(await Deno.readTextFile(`${folder}/a`), "kept");
  });
});
