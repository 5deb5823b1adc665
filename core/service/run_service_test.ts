/** The frame of a service, run as a process: help, configuration, refusal, signals. */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";

const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

/** A service of a few lines, which prints to the console as a library would. */
const SERVICE = `
import { Hono } from "hono";
import * as z from "zod";
import { installEdge, runService, serve } from ${
  JSON.stringify(new URL("./mod.ts", import.meta.url).href)
};
await runService({
  name: "sample",
  summary: "Answers hello.",
  config: z.object({
    SAMPLE_PORT: z.coerce.number().int().describe("TCP port"),
    SAMPLE_MODE: z.enum(["good", "bad"]).default("good").describe("What to do"),
  }),
  start: async (config, logger) => {
    if (config.SAMPLE_MODE === "bad") throw new Error("Cannot use this database: it is weak");
    console.error(new Error("library trouble"), "more");
    const app = new Hono();
    installEdge(app, { logger });
    app.get("/hello", (c) => c.text("hello"));
    const serving = await serve(app, { port: config.SAMPLE_PORT, logger });
    logger.info("listening", { port: serving.port });
    return [["http", () => serving.close()]];
  },
});
`;

async function withService(
  args: string[],
  env: Record<string, string>,
  check: (child: Deno.ChildProcess) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-service-" });
  const script = join(folder, "main.ts");
  await Deno.writeTextFile(script, SERVICE);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--config",
      CONFIG,
      "--allow-env=SAMPLE_PORT,SAMPLE_MODE,PG*,NODE_PG_FORCE_NATIVE",
      "--allow-net=127.0.0.1",
      script,
      ...args,
    ],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  try {
    await check(child);
  } finally {
    await child.status;
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runService() explains itself and exits 0", async () => {
  await withService(["--help"], {}, async (child) => {
    const { code, stdout } = await child.output();
    strictEqual(code, 0);
    match(new TextDecoder().decode(stdout), /SAMPLE_PORT {2}TCP port \(required\)/);
  });
});

Deno.test("runService() exits 2 when arguments or configuration are wrong", async () => {
  await withService([], { "SAMPLE_MODE": "odd" }, async (child) => {
    const { code, stderr } = await child.output();
    strictEqual(code, 2);
    match(new TextDecoder().decode(stderr), /2 problems\n {2}SAMPLE_PORT: is not set/);
  });
  await withService(["--bogus"], { "SAMPLE_PORT": "0" }, async (child) => {
    strictEqual((await child.output()).code, 2);
  });
});

Deno.test("runService() exits 1 with the reason when the service refuses to start", async () => {
  await withService([], { "SAMPLE_PORT": "0", "SAMPLE_MODE": "bad" }, async (child) => {
    const { code, stdout } = await child.output();
    strictEqual(code, 1);
    const line = JSON.parse(new TextDecoder().decode(stdout).trim());
    deepStrictEqual([line.level, line.msg, line.error.message], [
      "error",
      "refused to start",
      "Cannot use this database: it is weak",
    ]);
  });
});

Deno.test("runService() serves until it is told to stop, and every line it prints is JSON", async () => {
  await withService([], { "SAMPLE_PORT": "0" }, async (child) => {
    const lines: Record<string, unknown>[] = [];
    let text = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += part;
      const complete = text.split("\n");
      text = complete.pop() ?? "";
      for (const line of complete) {
        const entry = JSON.parse(line);
        lines.push(entry);
        if (entry.msg !== "listening") continue;
        const response = await fetch(`http://127.0.0.1:${entry.port}/hello`);
        strictEqual(await response.text(), "hello");
        // Twice, as under npx.
        child.kill("SIGINT");
        child.kill("SIGINT");
      }
    }
    strictEqual(await new Response(child.stderr).text(), "");
    strictEqual((await child.status).code, 0);
    deepStrictEqual(lines.map(({ msg }) => msg), [
      "client or library error",
      "listening",
      "request",
      "shutting down",
      "stopped",
    ]);
  });
});
