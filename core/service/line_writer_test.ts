import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { setImmediate } from "node:timers";
import { lineWriter } from "./line_writer.ts";

/** A stream that takes so many bytes at a time, and the texts of its writes. */
function stream(bytesMax = Infinity) {
  const writes: string[] = [];
  const writeSync = (bytes: Uint8Array) => {
    const taken = bytes.subarray(0, bytesMax);
    writes.push(new TextDecoder().decode(taken));
    return taken.byteLength;
  };
  return { writes, writer: lineWriter(writeSync) };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

Deno.test("lines of one turn are one write, at its end", async () => {
  const { writes, writer } = stream();
  writer.write("a", false);
  await Promise.resolve();
  writer.write("b", false);
  deepStrictEqual(writes, []);
  await nextTurn();
  deepStrictEqual(writes, ["a\nb\n"]);
  writer.write("c", false);
  await nextTurn();
  deepStrictEqual(writes, ["a\nb\n", "c\n"]);
});

Deno.test("an urgent line is out at once, behind those that came before it", async () => {
  const { writes, writer } = stream();
  writer.write("a", false);
  writer.write("trouble", true);
  deepStrictEqual(writes, ["a\ntrouble\n"]);
  await nextTurn();
  strictEqual(writes.length, 1);
});

Deno.test("a stream that takes little at a time gets all of it, in order", () => {
  const { writes, writer } = stream(3);
  writer.write("größer", false);
  writer.flush();
  strictEqual(writes.length, 3);
  const { writes: whole, writer: other } = stream(1);
  other.write("0123456789", true);
  strictEqual(whole.join(""), "0123456789\n");
});

Deno.test("what waits has an end, whatever the turn", () => {
  const { writes, writer } = stream();
  const line = "x".repeat(1_023);
  for (let n = 0; n < 65; n++) writer.write(line, false);
  strictEqual(writes.length, 1);
  strictEqual(writes[0]!.length, 65 * 1_024);
});

Deno.test("a service that ends at once has said everything before", async () => {
  const { stdout, code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `
      import { createLogger } from "@wavekeep/core/service";
      const logger = createLogger({ service: "test" });
      logger.info("stopped");
      Deno.exit(3);
    `,
    ],
    cwd: import.meta.dirname!,
    stderr: "null",
  }).output();
  strictEqual(code, 3);
  strictEqual(JSON.parse(new TextDecoder().decode(stdout)).msg, "stopped");
});
