import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { routePattern, ROUTES } from "./manifest.ts";

async function routeFiles(folder: URL, path = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (/^[_(]/.test(entry.name)) continue;
    if (entry.isDirectory) {
      const inside = new URL(`${encodeURIComponent(entry.name)}/`, folder);
      files.push(...await routeFiles(inside, `${path}${entry.name}/`));
    } else if (!/_test\.tsx?$|^manifest\.ts$/.test(entry.name)) files.push(path + entry.name);
  }
  return files.sort();
}

Deno.test("ROUTES lists every file of the folder, and nothing else", async () => {
  const files = await routeFiles(new URL("./", import.meta.url));
  deepStrictEqual(Object.keys(ROUTES).sort(), files);
});

Deno.test("routePattern() turns a file into its pattern", () => {
  strictEqual(routePattern("index.tsx"), "/");
  strictEqual(
    routePattern("recordings/[patient]/[recording].tsx"),
    "/recordings/:patient/:recording",
  );
});
