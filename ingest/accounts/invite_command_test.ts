import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { asksForLink, parseFlags } from "./invite_command.ts";

Deno.test("parseFlags() reads an invitation and a reset, and asksForLink() knows them", () => {
  const invitation = ["--invite", "ada@hospital.example", "--role", "admin", "--name", "Ada"];
  deepStrictEqual(parseFlags(invitation), {
    kind: "invitation",
    login: "ada@hospital.example",
    role: "admin",
    name: "Ada",
    siteId: 1,
  });
  deepStrictEqual(parseFlags(["--reset=ada", "--site", "3"]), {
    kind: "reset",
    login: "ada",
    role: undefined,
    name: undefined,
    siteId: 3,
  });
  deepStrictEqual([invitation, ["--reset=ada"], ["--help"], []].map(asksForLink), [
    true,
    true,
    false,
    false,
  ]);
  strictEqual(parseFlags(["--help"]), "help");
});

for (
  const args of [
    ["--invite", "ada"],
    ["--invite", "Ada B", "--role", "admin"],
    ["--invite", "ada", "--role", "device"],
    ["--invite", "ada", "--role", "admin", "--reset", "ada"],
    ["--reset", "ada", "--role", "admin"],
    ["--reset", "ada", "--site", "home"],
    ["--invite", "ada", "--role", "admin", "--name", "A\u0007"],
  ]
) {
  Deno.test(`parseFlags() finds ${JSON.stringify(args)} wrong`, () => {
    throws(() => parseFlags(args));
  });
}
