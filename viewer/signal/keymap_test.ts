import { strictEqual } from "node:assert/strict";
import { actionOf, BINDINGS } from "./keymap.ts";

function press(key: string, changes = {}) {
  return { key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...changes };
}

Deno.test("actionOf() turns a page by PageDown and by Shift and arrow", () => {
  strictEqual(actionOf(press("PageDown")), "next-page");
  strictEqual(actionOf(press("ArrowRight", { shiftKey: true })), "next-page");
  strictEqual(actionOf(press("ArrowRight")), "step-forward");
});

Deno.test("actionOf() takes letters in either case, and ? and + with shift", () => {
  strictEqual(actionOf(press("N", { shiftKey: true })), "next-seizure");
  strictEqual(actionOf(press("?", { shiftKey: true })), "help");
  strictEqual(actionOf(press("+", { shiftKey: true })), "larger");
});

Deno.test("actionOf() leaves the browser its own keys", () => {
  strictEqual(actionOf(press("p", { ctrlKey: true })), undefined);
  strictEqual(actionOf(press("F5")), undefined);
});

Deno.test("actionOf() without letters keeps the named keys", () => {
  strictEqual(actionOf(press("n"), false), undefined);
  strictEqual(actionOf(press("1"), false), undefined);
  strictEqual(actionOf(press("PageUp"), false), "previous-page");
  strictEqual(actionOf(press(" "), false), "next-page");
});

Deno.test("BINDINGS give no key twice", () => {
  const keys = BINDINGS.flatMap((binding) => binding.keys);
  strictEqual(new Set(keys).size, keys.length);
});

Deno.test("actionOf() has a digit for each montage, L, H and K for filters", () => {
  strictEqual(actionOf(press("1")), "montage-recorded");
  strictEqual(actionOf(press("8")), "montage-own");
  strictEqual(actionOf(press("L", { shiftKey: true })), "low-filter");
  strictEqual(actionOf(press("h")), "high-filter");
  strictEqual(actionOf(press("k")), "notch");
  strictEqual(actionOf(press("\\")), "peek");
  strictEqual(actionOf(press("]")), "page-longer");
});
