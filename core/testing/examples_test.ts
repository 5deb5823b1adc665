import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { examplesFile, examplesOf, readSources } from "./examples.ts";

const ROOT = new URL("../..", import.meta.url);
const FENCE = /^[ \t]*(?:\*[ \t]*)?```(?<info>.*)$/;

/** What stands behind the opening fences of a text, with their lines: read line by line, and not as the runner does. */
function fencesOf(text: string): [line: number, info: string][] {
  const found: [number, string][] = [];
  let isOpen = false;
  for (const [index, line] of text.split("\n").entries()) {
    const info = FENCE.exec(line)?.groups?.["info"];
    if (info === undefined) continue;
    if (!isOpen) found.push([index + 1, info.trim()]);
    isOpen = !isOpen;
  }
  return found;
}

Deno.test("every fence of code in the tree is run, or says that it is not", async () => {
  const lost: string[] = [];
  let count = 0;
  for (const [path, source] of await readSources(ROOT)) {
    const run = new Set(examplesOf(path, "file:///", source).map(({ name }) => name));
    for (const [line, info] of fencesOf(source)) {
      if (info === "ts" && run.delete(`${path}$${line + 1}`)) count++;
      else if (info !== "ts ignore") lost.push(`${path}:${line} \`\`\`${info}`);
    }
    deepStrictEqual([...run], [], "what is run stands in a fence");
  }
  // Nobody runs what stands in a page: code there is for readers, and says so.
  for (const [path, text] of await readSources(ROOT, "", /\.md$/)) {
    for (const [line, info] of fencesOf(text)) {
      if (/^(?:[tj]sx?|typescript|javascript)$/.test(info)) lost.push(`${path}:${line}`);
    }
  }
  deepStrictEqual(lost, []);
  ok(count > 200, `${count} examples`);
});

Deno.test("examplesFile() puts the imports of an example where it runs", () => {
  const code = `import { type B, a as c } from "./a.ts";\nimport type { D } from "d";\nc();\n`;
  strictEqual(
    examplesFile([{ name: "x.ts$3", base: "file:///folder/x.ts", code }]),
    `Deno.test("x.ts$3", async () => {\n` +
      `const { a: c } = await import("file:///folder/a.ts");\n\nc();\n});\n`,
  );
});
