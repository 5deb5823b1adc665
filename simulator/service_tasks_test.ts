import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { inheritedEnvironment, ROOT, taskCommand } from "./service_tasks.ts";

Deno.test("taskCommand() reads the services' own permissions from the root tasks", async () => {
  const programs = {
    ingest: "ingest/dist/main.js",
    query: "query/dist/main.js",
    viewer: "viewer/main.ts",
  };
  for (const [name, program] of Object.entries(programs)) {
    const { args } = await taskCommand(name, { "KEY_DIR": "/data/my keys" });
    deepStrictEqual([args[0], args.at(-1)], ["run", program]);
    ok((await Deno.stat(`${ROOT}/${program}`)).isFile, "what a task depends on was run");
    ok(args.slice(1, -1).every((arg) => arg.startsWith("--")), args.join(" "));
    ok(!args.includes("-A"), "permissions are narrow");
  }
});

Deno.test("taskCommand() puts the child's own paths into its permissions, spaces included", async () => {
  const { args } = await taskCommand("ingest", { "KEY_DIR": "/data/my keys" });
  ok(args.some((arg) => arg.startsWith("--allow-write=/data/my keys")), args.join(" "));
});

Deno.test("taskCommand() keeps what a task sets for its process, which ingest needs to stay small", async () => {
  const { args, env } = await taskCommand("ingest", {});
  deepStrictEqual(env, {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "262144",
    "MALLOC_TRIM_THRESHOLD_": "1048576",
  });
  // Without it the verifying workers cannot collect what they are through with.
  ok(args.some((arg) => /^--v8-flags=.*--expose-gc\b/.test(arg)), args.join(" "));
  deepStrictEqual((await taskCommand("viewer", {})).env, {});
});

Deno.test("taskCommand() refuses what is not one deno run", async () => {
  const config = await Deno.makeTempFile();
  await Deno.writeTextFile(config, JSON.stringify({ tasks: { a: "deno run x && rm y" } }));
  await rejects(taskCommand("a", {}, config), /not a plain deno run/);
  await rejects(taskCommand("none", {}, config), /not a plain deno run/);
  await Deno.remove(config);
});

Deno.test("taskCommand() runs what a task depends on once, and says what that said when it failed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const config = `${folder}/deno.json`;
    const dependencies = ["make"];
    await Deno.writeTextFile(`${folder}/runs.txt`, "");
    await Deno.writeTextFile(
      `${folder}/make.ts`,
      `Deno.writeTextFileSync("runs.txt", "run\\n", { append: true });`,
    );
    await Deno.writeTextFile(`${folder}/fail.ts`, `console.error("no room for it"); Deno.exit(1);`);
    const tasks = {
      make: "deno run --allow-write=. make.ts",
      fail: "deno run fail.ts",
      made: { dependencies, command: "deno run made.js" },
      unmade: { dependencies: ["fail"], command: "deno run made.js" },
    };
    await Deno.writeTextFile(config, JSON.stringify({ tasks }));
    for (let time = 0; time < 2; time++) {
      deepStrictEqual((await taskCommand("made", {}, config)).args, ["run", "made.js"]);
    }
    strictEqual(await Deno.readTextFile(`${folder}/runs.txt`), "run\n");
    await rejects(taskCommand("unmade", {}, config), /no room for it/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a child can reach the package registry as we do, and never asks a proxy for our own services", () => {
  const before = new Map(
    ["SSL_CERT_FILE", "HTTPS_PROXY", "NO_PROXY"].map((name) => [name, Deno.env.get(name)]),
  );
  try {
    Deno.env.set("SSL_CERT_FILE", "/etc/ssl/own.pem");
    Deno.env.set("HTTPS_PROXY", "http://proxy.example:3128");
    Deno.env.set("NO_PROXY", "registry.example");
    const env = inheritedEnvironment();
    deepStrictEqual(env["SSL_CERT_FILE"], "/etc/ssl/own.pem");
    deepStrictEqual(env["HTTPS_PROXY"], "http://proxy.example:3128");
    deepStrictEqual(env["NO_PROXY"], "registry.example,127.0.0.1,localhost");
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
});
