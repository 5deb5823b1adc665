import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { createLogger, type LogLevel } from "./json_log.ts";
import { Secret } from "./secret.ts";

function newLogger(level?: LogLevel) {
  const lines: string[] = [];
  const logger = createLogger({
    service: "ingest",
    write: (line) => lines.push(line),
    now: () => new Date("2026-11-21T00:00:00Z"),
    ...(level === undefined ? {} : { level }),
  });
  return { logger, lines };
}

Deno.test("createLogger() writes one JSON object a line, in a fixed order", () => {
  const { logger, lines } = newLogger();
  logger.child({ requestId: "r1" }).info("chunk stored", { sequence: 41, text: "two\nlines" });
  deepStrictEqual(lines, [
    '{"time":"2026-11-21T00:00:00.000Z","level":"info","msg":"chunk stored","service":"ingest",' +
    '"requestId":"r1","sequence":41,"text":"two\\nlines"}',
  ]);
});

Deno.test("createLogger() keeps quiet below its level", () => {
  const { logger, lines } = newLogger("warn");
  logger.debug("a");
  logger.info("b");
  logger.warn("c");
  logger.error("d");
  deepStrictEqual(lines.map((line) => JSON.parse(line).msg), ["c", "d"]);
});

Deno.test("createLogger() writes errors with code and cause, without the values a row held", () => {
  const { logger, lines } = newLogger();
  const cause = Object.assign(new Error("duplicate key"), {
    code: "23505",
    detail: "Key (patient_code)=(jane) already exists.",
  });
  logger.error("failed", { error: new Error("outer", { cause }) });
  const { error } = JSON.parse(lines[0] ?? "");
  strictEqual(error.message, "outer");
  strictEqual(error.cause.code, "23505");
  doesNotMatch(lines[0] ?? "", /jane/);
});

Deno.test("createLogger() prints big integers as text, bytes by their number, secrets as ***", () => {
  const { logger, lines } = newLogger();
  logger.info("x", { count: 2n ** 64n, finding: new Uint8Array(9), reason: new Secret("hunter2") });
  match(lines[0] ?? "", /"count":"18446744073709551616","finding":"9 bytes","reason":"\*\*\*"/);
});

Deno.test("createLogger() leaves out what is no field of the list, and what would rename the line", () => {
  const { logger, lines } = newLogger();
  logger.info("x", { patientName: "jane", level: "debug", msg: "y", sequence: 1 });
  const { level, msg, sequence, dropped } = JSON.parse(lines[0] ?? "");
  deepStrictEqual({ level, msg, sequence, dropped }, {
    level: "info",
    msg: "x",
    sequence: 1,
    dropped: ["patientName", "level", "msg"],
  });
  doesNotMatch(lines[0] ?? "", /jane/);
});

Deno.test("createLogger() repeats no input that an error quotes", () => {
  const { logger, lines } = newLogger();
  const data = Object.assign(new Error('invalid input syntax for type uuid: "jane"'), {
    code: "22P02",
  });
  let parsing: unknown;
  try {
    JSON.parse('{"name": jane}');
  } catch (error) {
    parsing = error;
  }
  logger.error("failed", { error: data });
  logger.error("failed", { error: new Error("two\njane", { cause: parsing }) });
  doesNotMatch(lines[0] ?? "", /jane/);
  doesNotMatch(JSON.stringify(JSON.parse(lines[1] ?? "").error.stack), /jane/);
  doesNotMatch(JSON.stringify(JSON.parse(lines[1] ?? "").error.cause), /jane/);
});
