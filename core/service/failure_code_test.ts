import { strictEqual } from "node:assert/strict";
import { WeakDurabilityError } from "./durability.ts";
import { failureCode, NotReadyError } from "./failure_code.ts";
import { UnfitConnectionError } from "./postgres.ts";
import { SchemaVersionError } from "./schema_version.ts";

Deno.test("failureCode() is a word of a list, whatever an error says and whatever it calls itself", () => {
  const coded = (code: unknown) => Object.assign(new Error("db-a.hospital.example"), { code });
  strictEqual(failureCode(coded("28P01")), "28P01");
  strictEqual(failureCode(new Error("x", { cause: coded("ENOTFOUND") })), "ENOTFOUND");
  for (
    const odd of ["db-a.hospital.example", "a b", "e", "x".repeat(9), "X".repeat(41), 7, null, {}]
  ) {
    strictEqual(failureCode(coded(odd)), "FAILED", String(odd));
  }
  for (const none of [undefined, null, "timeout at db-a", { code: "ECONNREFUSED" }]) {
    strictEqual(failureCode(none), "FAILED");
  }
  strictEqual(failureCode(new Error("Query read timeout")), "TIMEOUT");
  strictEqual(failureCode(new Error("timeout exceeded when trying to connect")), "TIMEOUT");
});

Deno.test("failureCode() ends in a chain of causes that does not", () => {
  const first = new Error("first");
  first.cause = new Error("second", { cause: first });
  strictEqual(failureCode(first), "FAILED");
});

Deno.test("failureCode() knows what services refuse", () => {
  strictEqual(failureCode(new UnfitConnectionError("READ_ONLY", "db-a")), "READ_ONLY");
  strictEqual(failureCode(new WeakDurabilityError([])), "WEAK_DURABILITY");
  strictEqual(failureCode(new SchemaVersionError("schema version is missing")), "SCHEMA_VERSION");
  strictEqual(failureCode(new NotReadyError("SPOOL_FULL", "the spool is full")), "SPOOL_FULL");
});
