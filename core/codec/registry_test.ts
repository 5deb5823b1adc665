/** The codec table: ids are set in stone. @module */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { codecByName, codecId, codecName, usesParameterSet } from "./registry.ts";

Deno.test("codec ids and names of released versions never change", () => {
  deepStrictEqual([0, 1, 2].map(codecName), ["raw", "predictive", "cross-channel"]);
  deepStrictEqual((["raw", "predictive", "cross-channel"] as const).map(codecId), [0, 1, 2]);
  deepStrictEqual((["raw", "predictive", "cross-channel"] as const).map(usesParameterSet), [
    false,
    false,
    true,
  ]);
});

Deno.test("an unknown codec is unsupported, by id and by name", () => {
  strictEqual(codecByName("predictive").name, "predictive");
  throws(() => codecName(3), (err) => isCoreError(err, "UnsupportedError") && err.value === 3);
  strictEqual(codecByName("cross-channel").name, "cross-channel");
  throws(() => codecId("flac" as never), (err) => isCoreError(err, "UnsupportedError"));
});
