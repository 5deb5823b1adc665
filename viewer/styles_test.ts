import { deepStrictEqual, ok } from "node:assert/strict";
import { contrast, parseColour } from "./testing/contrast.ts";

/** The style sheet's colours, light and dark, normal and high contrast. */
async function readTokens(): Promise<Map<string, Map<string, string>>> {
  const css = await Deno.readTextFile(new URL("./static/viewer.css", import.meta.url));
  const normal = blockOf(css, ":root {");
  const high = blockOf(css, ':root[data-theme^="contrast"] {');
  deepStrictEqual(
    [...blockOf(css, ':root[data-theme="system"] {')],
    [...high],
    "what the system asks for and what is chosen are the same",
  );
  const themes = new Map<string, Map<string, string>>();
  for (
    const [name, tokens] of [["", normal], ["contrast ", new Map([...normal, ...high])]] as const
  ) {
    for (const [index, scheme] of ["light", "dark"].entries()) {
      themes.set(
        name + scheme,
        new Map([...tokens].map(([token, value]) => [
          token,
          /^light-dark\((.*), (.*)\)$/.exec(value)?.[index + 1] ?? value,
        ])),
      );
    }
  }
  return themes;
}

function blockOf(css: string, start: string): Map<string, string> {
  const from = css.indexOf(start);
  ok(from >= 0, start);
  const block = css.slice(from, css.indexOf("}", from));
  return new Map(
    [...block.matchAll(/--([\w-]+): ((?:light-dark\(.*\)|#\w+));/g)].map((
      [, token, value],
    ) => [token!, value!]),
  );
}

/** What is written or drawn on what, and how much contrast it needs. */
const PAIRS: readonly (readonly [number, string, string])[] = [
  [4.5, "ink muted accent seizure bad good", "paper ground raised"],
  [4.5, "ink muted accent", "accent-soft"],
  [4.5, "ink muted seizure", "seizure-soft"],
  [4.5, "bad ink", "bad-soft"],
  [4.5, "accent-ink", "accent"],
  [4.5, "bad-ink", "bad"],
  [4.5, "bar-ink bar-muted bar-good bar-bad", "bar"],
  [3, "edge accent left right", "paper ground raised"],
];

Deno.test("viewer.css: every pair of colours has the contrast it needs, in every theme", async () => {
  const faint: string[] = [];
  for (const [theme, tokens] of await readTokens()) {
    for (const [least, tops, grounds] of PAIRS) {
      for (const top of tops.split(" ")) {
        for (const ground of grounds.split(" ")) {
          const [a, b] = [tokens.get(top), tokens.get(ground)];
          ok(a !== undefined && b !== undefined, `${top} on ${ground}`);
          const ratio = contrast(parseColour(a), parseColour(b));
          if (ratio < least) faint.push(`${theme}: ${top} on ${ground} ${ratio.toFixed(2)}`);
        }
      }
    }
  }
  deepStrictEqual(faint, []);
});

Deno.test("viewer.css: colours are tokens, so that every theme has them", async () => {
  const css = await Deno.readTextFile(new URL("./static/viewer.css", import.meta.url));
  const rules = css.slice(css.indexOf("*, *::before"));
  const loose = rules.split("\n").filter((line) =>
    /#[0-9a-f]{3,6}\b/i.test(line) && !line.startsWith(".demo-banner")
  );
  deepStrictEqual(loose, []);
});
