import { deepStrictEqual, ok } from "node:assert/strict";
import { readSources } from "./examples.ts";
import { groupTestFiles, LONGEST } from "./test_groups.ts";

const sources = await readSources(new URL("../..", import.meta.url));

Deno.test("groupTestFiles() puts every test file of the workspace into one group", () => {
  const tests = [...sources.keys()].filter((path) => /_test\.tsx?$/.test(path));
  deepStrictEqual(groupTestFiles(sources).flat().sort(), tests.sort());
  for (const path of LONGEST) ok(tests.includes(path), path);
});

Deno.test("groupTestFiles() leaves those alone who could be seen by others", () => {
  const plain = ["core/a_test.ts", "core/b_test.ts"];
  for (
    const text of [
      "Deno.test({ sanitizeOps: false, fn() {} });",
      "const shared = { sanitizeResources: false };",
      "export const database = await createTestDatabase();",
      "await start();",
      "new Deno.Command(Deno.execPath());",
    ]
  ) {
    const own = ["core/own_test.ts", text] as const;
    const helped = ["core/helped_test.ts", `import { a } from "./testing/a.ts";`] as const;
    const groups = groupTestFiles(
      new Map([...plain.map((path) => [path, ""] as const), own, helped, [
        "core/testing/a.ts",
        text,
      ]]),
    );
    deepStrictEqual(groups, [["core/helped_test.ts"], ["core/own_test.ts"], plain], text);
  }
});
