import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { bundleProgram } from "./bundle_program.ts";

Deno.test("bundleProgram() writes one file that runs by itself, and says why it cannot", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const entry = `${folder}/entry.ts`;
    await Deno.writeTextFile(`${folder}/other.ts`, `export const word: string = "whole";`);
    await Deno.writeTextFile(
      entry,
      `import { word } from "./other.ts"; if (import.meta.main) console.log(word);`,
    );
    await bundleProgram(entry, `${folder}/out/entry.js`);
    await Deno.remove(`${folder}/other.ts`);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", `${folder}/out/entry.js`],
    }).output();
    strictEqual(new TextDecoder().decode(stdout), "whole\n");
    await rejects(bundleProgram(entry, `${folder}/entry.js`), /Cannot bundle .*other\.ts/s);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bundleProgram() leaves no sign in a comment that would double what the program takes in memory", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const entry = `${folder}/entry.ts`;
    await Deno.writeTextFile(
      entry,
      "export const x = {\n  /** high − 1 */\n  // ≥ 1\n  sign: '—',\n};\nconsole.log(x.sign);",
    );
    await bundleProgram(entry, `${folder}/out.js`);
    const program = await Deno.readTextFile(`${folder}/out.js`);
    ok(program.includes("high ? 1"), "comments are kept, and so are lines");
    deepStrictEqual(program.match(/[^\0-\xff]/g), null);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", `${folder}/out.js`],
    }).output();
    strictEqual(new TextDecoder().decode(stdout), "—\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
