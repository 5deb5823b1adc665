import { ok } from "node:assert/strict";
import { delayMs } from "./pace.ts";

Deno.test("delayMs() spreads streams evenly over the time of a block, whatever their names share", () => {
  const pace = { fillMs: 64_000, streamCount: 2_000, streamMs: 32 };
  const seconds = new Array(64).fill(0);
  for (let n = 0; n < 2_000; n++) {
    // Names as the server mints them in one second: the beginning alike, a little of the rest.
    const name = `019a9b1c-7d${(n >> 4).toString(16).padStart(2, "0")}-7${
      n.toString(16).padStart(3, "0")
    }-8000-000000000000/0/0`;
    seconds[Math.floor(delayMs(name, pace) / 1_000)]++;
  }
  // 31 a second on average; a random draw has 50 in none of 64 seconds, nearly always.
  ok(Math.max(...seconds) < 60, `${seconds}`);
  ok(Math.min(...seconds) > 10, `${seconds}`);
});
