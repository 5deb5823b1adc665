import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { forConsole, openProcessOutput } from "./process_output.ts";

Deno.test("forConsole() shows warnings as sentences, and what is no log line as it is", () => {
  strictEqual(
    forConsole('{"time":"t","level":"error","msg":"store away","service":"ingest","waitMs":5}'),
    "error: store away waitMs=5",
  );
  strictEqual(forConsole('{"level":"info","msg":"request"}'), undefined);
  strictEqual(forConsole('{"level":"info","msg":"request"}', "info"), "info: request");
  strictEqual(
    forConsole('{"level":"error","msg":"failed","error":{"message":"why","stack":["at x"]}}'),
    "error: failed error=why",
  );
  strictEqual(forConsole("panicked at x"), "panicked at x");
  strictEqual(forConsole("{not json"), "{not json");
  strictEqual(forConsole("  "), undefined);
});

Deno.test("openProcessOutput() logs every line in a 0600 file and prefixes what it shows", async () => {
  const logDir = await Deno.makeTempDir();
  try {
    const shown: string[] = [];
    const output = openProcessOutput({
      logDir,
      names: ["ingest", "db"],
      isTerminal: false,
      print: (line) => shown.push(line),
    });
    output.line("db", "up");
    output.line("ingest", '{"level":"info","msg":"request"}');
    output.close();
    deepStrictEqual(shown, ["db     │ up"]);
    strictEqual(
      await Deno.readTextFile(`${logDir}/ingest.log`),
      '{"level":"info","msg":"request"}\n',
    );
    strictEqual((await Deno.stat(`${logDir}/db.log`)).mode! & 0o777, 0o600);
    deepStrictEqual(output.tail("ingest"), ["info: request"]);
  } finally {
    await Deno.remove(logDir, { recursive: true });
  }
});

Deno.test("openProcessOutput() shows warnings once everything is up, errors always", async () => {
  const logDir = await Deno.makeTempDir();
  const shown: string[] = [];
  const print = (line: string) => shown.push(line);
  const output = openProcessOutput({ logDir, names: ["a"], isTerminal: false, print });
  output.line("a", '{"level":"warn","msg":"not ready"}');
  output.line("a", '{"level":"error","msg":"broken"}');
  output.settle();
  output.line("a", '{"level":"warn","msg":"slow"}');
  output.close();
  deepStrictEqual(shown, ["a │ error: broken", "a │ warn: slow"]);
  await Deno.remove(logDir, { recursive: true });
});

Deno.test("openProcessOutput() uses colours on a terminal only", async () => {
  const logDir = await Deno.makeTempDir();
  const shown: string[] = [];
  const print = (line: string) => shown.push(line);
  const output = openProcessOutput({ logDir, names: ["a"], isTerminal: true, print });
  output.notice("a", "x");
  output.close();
  ok(shown[0]!.includes("\x1b[36m"));
  await Deno.remove(logDir, { recursive: true });
});
