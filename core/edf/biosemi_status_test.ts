import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { edfFromSpec } from "../testing/edf_from_spec.ts";
import { readWholeEdf } from "../testing/read_edf.ts";
import { biosemiStatusIndex, findBiosemiBreaks } from "./biosemi_status.ts";

const ON = 1 << 16;

Deno.test("findBiosemiBreaks() finds where bit 16 rises inside the file", async () => {
  const bytes = edfFromSpec({
    bits: 24,
    reserved: "24BIT",
    signals: [
      { label: "C3", records: [[1, 2], [3, 4], [5, 6]] },
      { label: "Status", records: [[ON, 7], [0x40, ON | 7], [ON, -1]] },
    ],
  });
  const { file } = await readWholeEdf(bytes);
  strictEqual(biosemiStatusIndex(file), 1);
  const breaks = await Array.fromAsync(findBiosemiBreaks(file));
  deepStrictEqual(
    breaks.map(({ recordIndex, sampleIndex, diagnostic }) => [
      recordIndex,
      sampleIndex,
      diagnostic.code,
    ]),
    [[1, 3, "biosemi-break"]],
  );
});

Deno.test("findBiosemiBreaks() leaves a Status channel of a 16-bit file alone", async () => {
  const { file } = await readWholeEdf(
    edfFromSpec({ signals: [{ label: "Status", records: [[0, 1]] }] }),
  );
  strictEqual(biosemiStatusIndex(file), undefined);
  deepStrictEqual(await Array.fromAsync(findBiosemiBreaks(file)), []);
});
