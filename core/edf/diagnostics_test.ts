import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import {
  diagnostic,
  type DiagnosticCode,
  DiagnosticLog,
  DIAGNOSTICS,
  refusals,
  throwIfRefused,
} from "./diagnostics.ts";

Deno.test("DIAGNOSTICS gives every code a disposition and a sentence", () => {
  for (const [code, { disposition, meaning }] of Object.entries(DIAGNOSTICS)) {
    ok(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(code), code);
    ok(["note", "repair", "refuse"].includes(disposition), code);
    ok(meaning.endsWith("."), code);
  }
});

Deno.test("every code stands in the table of some test", async () => {
  const tests = [];
  for await (const { name } of Deno.readDir(new URL(".", import.meta.url))) {
    if (name.endsWith("_test.ts")) {
      tests.push(await Deno.readTextFile(new URL(name, import.meta.url)));
    }
  }
  const text = tests.join("\n");
  const missing = Object.keys(DIAGNOSTICS).filter((code) => !text.includes(`"${code}"`));
  deepStrictEqual(missing, []);
});

Deno.test("OUTCOMES.md lists every code once, under its disposition, in these words", async () => {
  const document = await Deno.readTextFile(new URL("OUTCOMES.md", import.meta.url));
  const parts = document.split("\n## ");
  const headings = { refuse: "Refused", repair: "Repaired", note: "Noted" };
  const written = Object.entries(headings).flatMap(([disposition, heading]) =>
    parts.find((part) => part.startsWith(heading))!.split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split("|").map((cell) => cell.trim()))
      .map(([, code, meaning]) => ({ code: code!.slice(1, -1), disposition, meaning }))
  );
  const byCode = (a: { code: string }, b: { code: string }) => a.code < b.code ? -1 : 1;
  deepStrictEqual(
    written.sort(byCode),
    Object.entries(DIAGNOSTICS)
      .map(([code, { disposition, meaning }]) => ({ code, disposition, meaning }))
      .sort(byCode),
  );
});

Deno.test("refusals() keeps what ingest refuses", () => {
  const found = [diagnostic("no-records", "x"), diagnostic("header-bytes-disagree", "y")];
  deepStrictEqual(refusals(found).map(({ code }) => code), ["header-bytes-disagree"]);
});

Deno.test("throwIfRefused() names field, offset and code", () => {
  throwIfRefused([diagnostic("no-records", "x")]);
  const place = { field: "number of data records", offset: 236 };
  throws(
    () => throwIfRefused([diagnostic("size-not-whole-records", "3 bytes are over", place)]),
    (err) =>
      isCoreError(err, "CorruptInputError") && err.field === "number of data records" &&
      err.offset === 236 &&
      err.message === "Cannot accept EDF file: 3 bytes are over (size-not-whole-records)",
  );
});

Deno.test("DiagnosticLog keeps the first finding of each code and place, however many come", () => {
  const log = new DiagnosticLog();
  for (let recordIndex = 0; recordIndex < 1000; recordIndex++) {
    log.add(diagnostic("annotation-unterminated", "x", { recordIndex, signalIndex: 1 }));
  }
  log.add(diagnostic("annotation-unterminated", "x", { recordIndex: 3, signalIndex: 2 }));
  const code: DiagnosticCode = "annotation-unterminated";
  deepStrictEqual(log.list.map((found) => [found.code, found.recordIndex]), [[code, 0], [code, 3]]);
  strictEqual(log.list.length, 2);
});
