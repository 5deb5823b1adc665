import { strictEqual } from "node:assert/strict";
import { safeTarget } from "./safe_target.ts";

const ORIGIN = "https://eeg.example";

Deno.test("safeTarget() keeps paths of our own, with what is behind them", () => {
  for (
    const target of [
      "/",
      "/recordings/p-1/r.2?start=10&low=off",
      "/audit?actor=a%40b&from=2026-11-22T00%3A00%3A00Z",
      "/~x/",
    ]
  ) strictEqual(safeTarget(target), target);
});

Deno.test("safeTarget() leads nowhere else, however it is written", () => {
  for (
    const target of [
      ...[
        "",
        "evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
      ],
      ...["https://evil.example/", "https:evil.example", "javascript:alert(1)", "data:text/html,x"],
      ...[
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/ok\r\nx: y",
      ],
      ...[
        "/@evil.example\\",
        "/;//evil.example",
        "/a b",
        "/#//evil.example",
        "/x\u2028",
        "/\u202e",
      ],
    ]
  ) strictEqual(safeTarget(target), "/", JSON.stringify(target));
  // Dots and slashes within a path stay on this origin, as browsers read them.
  for (
    const target of ["/.//evil.example", "/..//evil.example", "/x/..//evil.example", "/%2f%2fevil"]
  ) {
    strictEqual(new URL(safeTarget(target), ORIGIN).origin, ORIGIN, target);
  }
});
