import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { actionOf, keysOf } from "./keymap.ts";
import { ownerOf, parseOwnKeys, refusalOf, withKey, withoutChange } from "./own_keys.ts";

function press(key: string) {
  return { key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
}

Deno.test("withKey() moves a key: the one who had it loses it, named keys stay", () => {
  const own = withKey({}, "next-event", "K");
  strictEqual(actionOf(press("k"), { own }), "next-event");
  strictEqual(actionOf(press("n"), { own }), undefined);
  deepStrictEqual(keysOf("notch", own), []);
  strictEqual(ownerOf("K", own), "next-event");
  deepStrictEqual(keysOf("next-page", withKey({}, "next-page", "J")), [
    "J",
    "PageDown",
    "Space",
    "Shift+ArrowRight",
  ]);
});

Deno.test("withoutChange() brings back the table's keys, except those that are taken", () => {
  const own = withKey({}, "next-event", "K");
  deepStrictEqual(keysOf("next-event", withoutChange(own, "next-event")), ["N", "."]);
  // K is still the next event's.
  deepStrictEqual(keysOf("notch", withoutChange(own, "notch")), []);
  deepStrictEqual(withoutChange(withKey({}, "peek", "J"), "peek"), {});
});

Deno.test("refusalOf() keeps the keys that move the focus and those of the browser", () => {
  for (const chord of ["Tab", "Shift+Tab", "Enter", "Escape", "F5", "F12", "Ctrl+T"]) {
    ok(refusalOf(chord) !== undefined, chord);
  }
  for (const chord of ["J", "Shift+J", "F9", "ArrowUp", "7"]) {
    strictEqual(refusalOf(chord), undefined);
  }
});

Deno.test("parseOwnKeys() reads what was kept and forgives what makes no sense", () => {
  deepStrictEqual(parseOwnKeys('{"next-event":["J"]}'), { "next-event": ["J"] });
  for (const text of ["", "[", "null", "7", '{"no-such":["J"]}', '{"next-event":"J"}']) {
    deepStrictEqual(parseOwnKeys(text), {}, text);
  }
  // Keys were given to two commands by hand: the first has it.
  deepStrictEqual(parseOwnKeys('{"next-event":["J",3],"notch":["J"]}'), {
    "next-event": ["J"],
    "notch": [],
  });
});
