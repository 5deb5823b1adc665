import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { SeenMap } from "./seen_map.ts";

const look = (start: number, end: number, lookedSeconds = 1, sensitivity = 7) => ({
  start,
  end,
  montage: "as recorded",
  sensitivity,
  lookedSeconds,
});

function seenMap(...pages: readonly (readonly [number, number])[]): SeenMap {
  const seen = new SeenMap();
  for (const [start, end] of pages) seen.add(look(start, end));
  return seen;
}

Deno.test("SeenMap joins pages that touch or overlap, in whatever order they come", () => {
  const seen = seenMap([20, 30], [0, 10], [10, 20], [50, 60], [55, 65]);
  deepStrictEqual(seen.stretches, [{ start: 0, end: 30 }, { start: 50, end: 65 }]);
});

Deno.test("SeenMap does not count glimpses before they add up to half a second", () => {
  const seen = new SeenMap();
  seen.add(look(0, 10, 0.3));
  deepStrictEqual(seen.stretches, []);
  seen.add(look(0, 10, 0.1, 10));
  deepStrictEqual(seen.stretches, []);
  seen.add(look(0, 10, 0.3));
  deepStrictEqual(seen.stretches, [{ start: 0, end: 10 }]);
});

Deno.test("SeenMap knows what of the recorded stretches is left, and where to go next", () => {
  const seen = seenMap([0, 10], [30, 45]);
  const recorded = [{ start: 0, end: 20 }, { start: 30, end: 60 }];
  deepStrictEqual(seen.unseen(recorded), [{ start: 10, end: 20 }, { start: 45, end: 60 }]);
  strictEqual(seen.shareOf(recorded), 0.5);
  deepStrictEqual(seen.nextUnseen(recorded, 0), { start: 10, end: 20 });
  // Inside of an unseen stretch: from here on.
  deepStrictEqual(seen.nextUnseen(recorded, 15), { start: 15, end: 20 });
  deepStrictEqual(seen.nextUnseen(recorded, 20), { start: 45, end: 60 });
  // After the last, the first.
  deepStrictEqual(seen.nextUnseen(recorded, 60), { start: 10, end: 20 });
  strictEqual(seenMap([0, 60]).nextUnseen(recorded, 0), undefined);
  strictEqual(new SeenMap().shareOf([]), 1);
});
