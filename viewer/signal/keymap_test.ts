import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { actionOf, COMMAND_GROUPS, COMMANDS, keysOf } from "./keymap.ts";

function press(key: string, changes = {}) {
  return { key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...changes };
}

Deno.test("actionOf() turns a page by PageDown and by Shift and arrow", () => {
  strictEqual(actionOf(press("PageDown")), "next-page");
  strictEqual(actionOf(press("ArrowRight", { shiftKey: true })), "next-page");
  strictEqual(actionOf(press("ArrowRight")), "step-forward");
});

Deno.test("actionOf() tells N from Shift+N, and takes ? and + with shift", () => {
  strictEqual(actionOf(press("n")), "next-event");
  strictEqual(actionOf(press("N", { shiftKey: true })), "next-unreviewed");
  strictEqual(actionOf(press("?", { shiftKey: true })), "help");
  strictEqual(actionOf(press("+", { shiftKey: true })), "larger");
});

Deno.test("actionOf() takes Ctrl and Meta for the palette, undo, redo and print", () => {
  strictEqual(actionOf(press("k", { ctrlKey: true })), "palette");
  // The browser's own print would be a picture of the screen; ours is true in mm.
  strictEqual(actionOf(press("p", { ctrlKey: true })), "print");
  strictEqual(actionOf(press("z", { metaKey: true })), "undo");
  strictEqual(actionOf(press("Z", { ctrlKey: true, shiftKey: true })), "redo");
});

Deno.test("actionOf() leaves the browser its own keys", () => {
  strictEqual(actionOf(press("l", { ctrlKey: true })), undefined);
  for (const key of ["F3", "F5", "F6", "F7", "F10", "F11", "F12"]) {
    strictEqual(actionOf(press(key)), undefined, key);
  }
});

Deno.test("actionOf() without letters keeps the named keys and those with Ctrl", () => {
  const options = { hasLetters: false };
  strictEqual(actionOf(press("n"), options), undefined);
  strictEqual(actionOf(press("N", { shiftKey: true }), options), undefined);
  strictEqual(actionOf(press("1"), options), undefined);
  strictEqual(actionOf(press("PageUp"), options), "previous-page");
  strictEqual(actionOf(press(" "), options), "next-page");
  strictEqual(actionOf(press("k", { ctrlKey: true }), options), "palette");
});

Deno.test("actionOf() uses the reader's keys in place of those of the table", () => {
  const own = { "next-event": ["J"] } as const;
  strictEqual(actionOf(press("j"), { own }), "next-event");
  strictEqual(actionOf(press("n"), { own }), undefined);
  deepStrictEqual(keysOf("next-event", own), ["J"]);
});

Deno.test("COMMANDS give no key and no action twice, and name no unknown group", () => {
  const keys = COMMANDS.flatMap((command) => command.keys);
  strictEqual(new Set(keys).size, keys.length);
  strictEqual(new Set(COMMANDS.map(({ action }) => action)).size, COMMANDS.length);
  ok(COMMANDS.every(({ group }) => COMMAND_GROUPS.includes(group)));
});

Deno.test("COMMANDS have a digit for each montage, L, H and K for filters", () => {
  strictEqual(actionOf(press("1")), "montage-recorded");
  strictEqual(actionOf(press("8")), "montage-own");
  strictEqual(actionOf(press("h")), "high-filter");
  strictEqual(actionOf(press("k")), "notch");
  strictEqual(actionOf(press("\\")), "peek");
  strictEqual(actionOf(press("]")), "page-longer");
});
