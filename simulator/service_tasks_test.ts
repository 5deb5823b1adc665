import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { taskArgs } from "./service_tasks.ts";

Deno.test("taskArgs() reads the services' own permissions from the root tasks", async () => {
  for (const name of ["ingest", "query", "viewer"]) {
    const args = await taskArgs(name, { "KEY_DIR": "/data/my keys" });
    deepStrictEqual([args[0], args.at(-1)], ["run", `${name}/main.ts`]);
    ok(args.slice(1, -1).every((arg) => arg.startsWith("--")), args.join(" "));
    ok(!args.includes("-A"), "permissions are narrow");
  }
});

Deno.test("taskArgs() puts the child's own paths into its permissions, spaces included", async () => {
  const args = await taskArgs("ingest", { "KEY_DIR": "/data/my keys" });
  ok(args.some((arg) => arg.startsWith("--allow-write=/data/my keys")), args.join(" "));
});

Deno.test("taskArgs() refuses what is not one deno run", async () => {
  const config = await Deno.makeTempFile();
  await Deno.writeTextFile(config, JSON.stringify({ tasks: { a: "deno run x && rm y" } }));
  await rejects(taskArgs("a", {}, config), /not a plain deno run/);
  await rejects(taskArgs("none", {}, config), /not a plain deno run/);
  await Deno.remove(config);
});
