// The reader's safety property (core/testing/fuzz_edf.ts) over ten thousand damaged files; `deno task fuzz-files`
// tries as many more as are wanted.

import { ok, strictEqual } from "node:assert/strict";
import { EDF_BASES, readsOrRefuses, runEdfCase, watched } from "../testing/fuzz_edf.ts";
import { openEdf } from "./edf_reader.ts";

const SEED = 20_261_121;
const MUTATIONS = 10_000;

Deno.test(`openEdf() reads or refuses ${MUTATIONS} damaged files (seed ${SEED})`, async () => {
  const outcomes = { read: 0, refused: 0 };
  for (let seed = SEED; seed < SEED + MUTATIONS; seed++) {
    try {
      outcomes[await runEdfCase(seed)]++;
    } catch (cause) {
      throw new Error(`case ${seed}: deno task fuzz-files --seed ${seed} --count 1`, { cause });
    }
  }
  ok(outcomes.read > MUTATIONS / 5, `${outcomes.read} read`);
  ok(outcomes.refused > MUTATIONS / 5, `${outcomes.refused} refused`);
});

Deno.test("openEdf() reads or refuses every prefix of a file", async () => {
  for (const bytes of EDF_BASES) {
    for (let length = 0; length < bytes.length; length++) {
      const prefix = bytes.subarray(0, length);
      if (await readsOrRefuses(prefix, "strict") === "refused") continue;
      // Only a cut between two records leaves a readable file, and it says so.
      const file = await openEdf(watched(prefix).source);
      ok(file.diagnostics.some(({ code }) => code === "fewer-records-than-header"));
      strictEqual(file.trailing.byteLength, 0);
    }
  }
});
