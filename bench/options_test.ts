import { deepStrictEqual, throws } from "node:assert/strict";
import { parseOptions, UsageError } from "./options.ts";

Deno.test("parseOptions() reads the flags of a run", () => {
  deepStrictEqual(parseOptions(["--json", "out.json", "--only", "window", "--full"]), {
    command: "run",
    json: "out.json",
    page: undefined,
    only: "window",
    workload: "full",
  });
  deepStrictEqual(parseOptions(["--", "--json=out.json"]), {
    command: "run",
    json: "out.json",
    page: undefined,
    only: undefined,
    workload: "default",
  });
});

Deno.test("parseOptions() reads --readme with and without a results file", () => {
  deepStrictEqual(parseOptions(["--readme"]), { command: "readme", json: undefined });
  deepStrictEqual(parseOptions(["--readme", "--json", "a"]), { command: "readme", json: "a" });
});

Deno.test("parseOptions() makes a page of a run, or of a results file", () => {
  deepStrictEqual(parseOptions(["--page", "a.html", "--from", "b.json"]), {
    command: "page",
    page: "a.html",
    from: "b.json",
  });
  const run = parseOptions(["--page", "a.html", "--only", "x"]);
  deepStrictEqual([run.command, "page" in run && run.page], ["run", "a.html"]);
});

Deno.test("parseOptions() takes --long alone", () => {
  const run = parseOptions(["--long"]);
  deepStrictEqual([run.command, "workload" in run && run.workload], ["run", "long"]);
});

Deno.test("parseOptions() puts --help before everything", () => {
  deepStrictEqual(parseOptions(["--full", "--help"]), { command: "help" });
});

Deno.test("parseOptions() refuses what it does not know", () => {
  for (
    const args of [
      ["--fast"],
      ["--json"],
      ["window"],
      ["--readme", "--full"],
      [
        "--long",
        "--full",
      ],
      ["--readme", "--long"],
      [
        "--from",
        "a",
      ],
      ["--page", "a", "--from", "b", "--full"],
    ]
  ) {
    throws(() => parseOptions(args), UsageError, args.join(" "));
  }
});
