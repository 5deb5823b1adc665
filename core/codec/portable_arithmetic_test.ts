/**
 * What makes bytes the same in every engine: the codecs use only arithmetic that the language defines to
 * the last bit. ECMAScript leaves logarithms, exponentials and the like to the engine.
 *
 * @module
 */

import { deepStrictEqual } from "node:assert/strict";

/** Exact by IEEE 754 or on integers; everything else of Math may differ between engines. */
const EXACT = new Set(
  "abs ceil clz32 floor fround imul max min round sign sqrt trunc LN2 LOG2E PI SQRT2".split(" "),
);

async function* sourcesIn(folder: URL): AsyncIterable<URL> {
  for await (const entry of Deno.readDir(folder)) {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) yield* sourcesIn(url);
    else if (/\.ts$/.test(entry.name) && !/_(test|bench)\.ts$/.test(entry.name)) yield url;
  }
}

Deno.test("codecs use no arithmetic that engines may round differently", async () => {
  const wrong: string[] = [];
  for (const folder of ["./", "../bytes/", "../chunk/"]) {
    for await (const url of sourcesIn(new URL(folder, import.meta.url))) {
      const text = (await Deno.readTextFile(url))
        .replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "");
      for (const [call, name = ""] of text.matchAll(/\bMath\.(\w+)/g)) {
        if (!EXACT.has(name)) wrong.push(`${url.pathname.split("/core/")[1]}: ${call}`);
      }
      // Powers of two by integers are exact everywhere; other bases need not be.
      for (const [call, base = ""] of text.matchAll(/([\w.)\]]+) \*\* /g)) {
        if (!["2", "2n", "4"].includes(base)) {
          wrong.push(`${url.pathname.split("/core/")[1]}: ${call}`);
        }
      }
    }
  }
  deepStrictEqual(wrong, []);
});
