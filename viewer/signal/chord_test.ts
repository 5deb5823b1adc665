import { strictEqual } from "node:assert/strict";
import { chordOf, chordText, isCharacter } from "./chord.ts";

function checkChord(key: string, held: string, expected: string | undefined): void {
  const [shiftKey, ctrlKey, altKey, metaKey] = ["shift", "ctrl", "alt", "meta"]
    .map((name) => held.split(" ").includes(name)) as [boolean, boolean, boolean, boolean];
  strictEqual(chordOf({ key, shiftKey, ctrlKey, altKey, metaKey }), expected);
}

Deno.test("chordOf() names letters by their capital, with shift when it is held", () => {
  checkChord("n", "", "N");
  // Caps lock.
  checkChord("N", "", "N");
  checkChord("N", "shift", "Shift+N");
  checkChord("z", "ctrl", "Ctrl+Z");
  checkChord("Z", "shift meta", "Ctrl+Shift+Z");
});

Deno.test("chordOf() names signs by what they print, however they are typed", () => {
  checkChord("?", "shift", "?");
  checkChord("1", "shift", "1");
  checkChord("[", "ctrl alt", "[");
  checkChord("\\", "ctrl alt", "\\");
});

Deno.test("chordOf() takes letters of other scripts as the Latin ones that lie there", () => {
  const none = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
  strictEqual(chordOf({ ...none, key: "т", code: "KeyN" }), "N");
  strictEqual(chordOf({ ...none, key: "λ", code: "KeyL", shiftKey: true }), "Shift+L");
  strictEqual(chordOf({ ...none, key: "ö", code: "Semicolon" }), "Ö");
  strictEqual(chordOf({ ...none, key: "z", code: "KeyY" }), "Z");
});

Deno.test("chordOf() names the other keys with their shift", () => {
  checkChord(" ", "", "Space");
  checkChord(" ", "shift", "Shift+Space");
  checkChord("ArrowRight", "shift", "Shift+ArrowRight");
  checkChord("F4", "", "F4");
});

Deno.test("chordOf() leaves Alt, and modifiers alone, to the browser", () => {
  checkChord("ArrowLeft", "alt", undefined);
  checkChord("n", "alt", undefined);
  checkChord("Shift", "shift", undefined);
  checkChord("Dead", "", undefined);
});

Deno.test("isCharacter() tells letters, digits and signs from the rest", () => {
  for (const chord of ["N", "Shift+N", "?", "+", "1"]) strictEqual(isCharacter(chord), true, chord);
  for (const chord of ["Ctrl+K", "F2", "Space", "Shift+Space", "PageUp"]) {
    strictEqual(isCharacter(chord), false, chord);
  }
});

Deno.test("chordText() prints what stands on the keys", () => {
  strictEqual(chordText("Shift+ArrowRight"), "Shift+Right");
  strictEqual(chordText("PageDown"), "Page Down");
  strictEqual(chordText("-"), "−");
  strictEqual(chordText("+"), "+");
  strictEqual(chordText("Ctrl+Shift+Z"), "Ctrl+Shift+Z");
});
