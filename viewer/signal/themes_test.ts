import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Colour, contrast, over, parseColour } from "../testing/contrast.ts";
import { parseTheme, themeOf, THEMES } from "./themes.ts";

/** Lines of the grid are decoration: the time axis says the same in words. */
const DECORATION = new Set(["paper", "gridMinor", "gridMajor"]);

const isText = (name: string) => /ink$|text$/i.test(name);

/** Colours of rows; their names are printed in them, on paper. */
const TRACES = new Set(["left", "right", "midline", "other"]);

/** Everything that can lie below a trace: paper, each shading, and a see-through one over each other. */
function groundsOf(theme: Readonly<Record<string, string>>): [string, Colour][] {
  const fills = Object.keys(theme).filter((name) => name.endsWith("Fill"));
  const plain = ["paper", ...fills.filter((name) => parseColour(theme[name]!)[3] === 1)]
    .map((name): [string, Colour] => [name, parseColour(theme[name]!)]);
  const shaded = fills.filter((name) => parseColour(theme[name]!)[3] < 1).flatMap((name) =>
    plain.map(([below, ground]): [string, Colour] => [
      `${name} on ${below}`,
      over(parseColour(theme[name]!), ground),
    ])
  );
  return [...plain, ...shaded];
}

Deno.test("THEMES: traces and edges 3:1, text 4.5:1, on paper and on every shading", () => {
  const faint: string[] = [];
  for (const [themeName, theme] of Object.entries(THEMES)) {
    const colours: Readonly<Record<string, string>> = { ...theme };
    for (const [ground, below] of groundsOf(colours)) {
      for (const [name, text] of Object.entries(colours)) {
        if (DECORATION.has(name) || name.endsWith("Fill")) continue;
        const least = isText(name) || (TRACES.has(name) && ground === "paper") ? 4.5 : 3;
        const ratio = contrast(over(parseColour(text), below), below);
        if (ratio < least) faint.push(`${themeName}: ${name} on ${ground} ${ratio.toFixed(2)}`);
      }
    }
  }
  deepStrictEqual(faint, []);
});

Deno.test("THEMES: high contrast has traces and text at 7:1 on paper", () => {
  for (const name of ["contrast", "contrast-dark"] as const) {
    const theme = THEMES[name];
    for (const colour of [theme.ink, theme.mutedInk, theme.left, theme.right, theme.midline]) {
      ok(contrast(parseColour(colour), parseColour(theme.paper)) >= 7, `${name}: ${colour}`);
    }
  }
});

Deno.test("themeOf() does what the reader says, then what the system asks for", () => {
  strictEqual(themeOf("dark", { isDark: false, wantsContrast: true }), "dark");
  strictEqual(themeOf("system", { isDark: true, wantsContrast: false }), "dark");
  strictEqual(themeOf("system", { isDark: false, wantsContrast: true }), "contrast");
  strictEqual(themeOf("system", { isDark: true, wantsContrast: true }), "contrast-dark");
  strictEqual(parseTheme("contrast"), "contrast");
  strictEqual(parseTheme("<script>"), "system");
});

Deno.test("contrast() agrees with the specification's ends and a known pair", () => {
  strictEqual(contrast(parseColour("#000"), parseColour("#fff")), 21);
  strictEqual(contrast(parseColour("#777777"), parseColour("#fff")).toFixed(2), "4.48");
});
