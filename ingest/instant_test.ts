import { strictEqual, throws } from "node:assert/strict";
import { formatCivil, microsToCivil } from "@wavekeep/core/time";
import { formatInstant } from "./instant.ts";

Deno.test("formatInstant() writes what exact arithmetic writes, from the year 1 to 9999", () => {
  const instants = [0n, 1n, 999n, 1_000n, 1_767_225_599_999_999n, 253_402_300_799_999_999n, -1n];
  for (let i = 0n; i < 200n; i++) instants.push(i * i * 6_311_384_519_503n + i);
  for (const micros of [...instants, -62_135_596_800_000_000n]) {
    const [seconds, fraction = ""] = formatCivil(microsToCivil(micros)).split(".");
    strictEqual(formatInstant(micros), `${seconds}.${fraction.padEnd(6, "0")}Z`);
  }
  throws(() => formatInstant(253_402_300_800_000_000n), /civil time/);
});
