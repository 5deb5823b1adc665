import { deepStrictEqual, ok } from "node:assert/strict";
import { prng } from "../testing/prng.ts";
import { cutRanges } from "./cut_ranges.ts";
import { intersectRanges, type SampleRange, uncoveredRanges } from "./sample_range.ts";

/** The plain way: one range after the other, each against everything that is left. */
function cutOneByOne(open: readonly SampleRange[], taken: readonly SampleRange[]) {
  const pieces: { range: SampleRange; of: number }[] = [];
  let rest = [...open];
  const order = taken.map((range, of) => ({ range, of })).sort((a, b) =>
    a.range.start - b.range.start
  );
  for (const { range, of } of order) {
    for (const part of rest) {
      const piece = intersectRanges(range, part);
      if (piece.start < piece.end) pieces.push({ range: piece, of });
    }
    rest = rest.flatMap((part) =>
      range.start < range.end ? uncoveredRanges(part, [range]) : [part]
    );
  }
  return { pieces: pieces.sort((a, b) => a.range.start - b.range.start), rest };
}

Deno.test("cutRanges() takes what taking one by one takes, whatever overlaps", () => {
  const { below } = prng(41);
  for (let round = 0; round < 2_000; round++) {
    const open: SampleRange[] = [];
    for (let at = below(4); open.length < below(6); at += 1 + below(5)) {
      const start = at;
      at += 1 + below(8);
      open.push({ start, end: at });
    }
    const taken = Array.from({ length: below(7) }, () => {
      const start = below(40) - 2;
      return { start, end: start + below(15) };
    });
    deepStrictEqual(cutRanges(open, taken), cutOneByOne(open, taken), `round ${round}`);
  }
});

Deno.test("cutRanges() looks at each range a few times, however many there are", () => {
  let looks = 0;
  const counted = (start: number, end: number): SampleRange => ({
    get start() {
      looks++;
      return start;
    },
    get end() {
      looks++;
      return end;
    },
  });
  const COUNT = 20_000;
  const open = Array.from({ length: COUNT }, (_, n) => counted(10 * n, 10 * n + 5));
  // Half of them over everything, half of them in the holes: nothing that is open goes away early.
  const taken = Array.from(
    { length: COUNT },
    (_, n) => n % 2 === 0 ? counted(10 * n + 5, 10 * n + 9) : counted(0, 10 * n),
  );
  cutRanges(open, taken);
  ok(looks <= 8 * COUNT, `${looks} looks at ${2 * COUNT} ranges`);
});
