import { deepStrictEqual, match } from "node:assert/strict";
import { WeakDurabilityError, weakSettings } from "./durability.ts";

const STRONG = {
  fsync: "on",
  "full_page_writes": "on",
  "synchronous_commit": "on",
  "data_checksums": "on",
  "data_sync_retry": "off",
  "ignore_checksum_failure": "off",
  "zero_damaged_pages": "off",
};

Deno.test("weakSettings() finds each weak setting, and a missing one", () => {
  deepStrictEqual(weakSettings(STRONG), []);
  deepStrictEqual(weakSettings({ ...STRONG, "synchronous_commit": "remote_apply" }), []);
  for (const setting of Object.keys(STRONG)) {
    const other = STRONG[setting as keyof typeof STRONG] === "on" ? "off" : "on";
    deepStrictEqual(weakSettings({ ...STRONG, [setting]: other }).map((found) => found.setting), [
      setting,
    ]);
  }
  for (const value of ["local", "remote_write"]) {
    deepStrictEqual(weakSettings({ ...STRONG, "synchronous_commit": value }).length, 1, value);
  }
  deepStrictEqual(weakSettings({}).map(({ found }) => found), Array(7).fill("unknown"));
});

Deno.test("WeakDurabilityError says which setting, what was found and what it costs", () => {
  const { message } = new WeakDurabilityError(weakSettings({ ...STRONG, fsync: "off" }));
  match(message, /^Cannot use this PostgreSQL server: fsync is off \(a crash of the machine may/);
});
