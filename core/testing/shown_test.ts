/** The pages of what is shown name files that are there, and tests that are tests. */

import { deepStrictEqual, ok } from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);

for (const path of ["core/proof/SHOWN.md", "core/controls/SHOWN.md"]) {
  Deno.test(`${path} names tests and benches that are there`, async () => {
    const page = await Deno.readTextFile(new URL(path, ROOT));
    const paths = [...page.matchAll(/`([\w./]+\.(?:ts|md))`/g)].map(([, path]) => path!);
    ok(paths.length > 30);
    const wrong: string[] = [];
    for (const path of new Set(paths)) {
      const text = await Deno.readTextFile(new URL(path, ROOT)).catch(() => "");
      const isTest = /Deno\.test\(|inBrowser\(|Suite\(|onPipeline\(/.test(text);
      const isThere = path.endsWith("_test.ts") ? isTest : text !== "";
      if (!isThere) wrong.push(path);
    }
    deepStrictEqual(wrong, []);
  });
}
