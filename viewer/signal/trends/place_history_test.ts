import { strictEqual } from "node:assert/strict";
import { isJump, NO_PLACES, noteJump, travel } from "./place_history.ts";

const at = (start: number, isFollowing = false) => ({ start, isFollowing });

Deno.test("isJump() leaves reading on and following alone", () => {
  strictEqual(isJump(at(0), at(10), { seconds: 10 }), false);
  strictEqual(isJump(at(0), at(20), { seconds: 10 }), false);
  strictEqual(isJump(at(0), at(21), { seconds: 10 }), true);
  strictEqual(isJump(at(500, true), at(560, true), { seconds: 10 }), false);
  strictEqual(isJump(at(500, true), at(0), { seconds: 10 }), true);
});

Deno.test("travel() gives nothing where nothing was left, and a jump gives up the way forward", () => {
  strictEqual(travel(NO_PLACES, "back", at(0)), undefined);
  const back = travel(noteJump(NO_PLACES, at(5)), "back", at(900))!;
  strictEqual(back.history.forward.length, 1);
  strictEqual(noteJump(back.history, at(5)).forward.length, 0);
});

Deno.test("noteJump() keeps fifty places", () => {
  let history = NO_PLACES;
  for (let start = 0; start < 99; start++) history = noteJump(history, at(start));
  strictEqual(history.back.length, 50);
  strictEqual(history.back.at(-1)?.start, 98);
});
