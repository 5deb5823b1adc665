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
    deepStrictEqual(groups, [plain, ["core/helped_test.ts"], ["core/own_test.ts"]], text);
  }
});

Deno.test("groupTestFiles() leaves together who awaits no more than a value", () => {
  for (
    const text of [
      "const keys = await generateTokenKeys();",
      "const modeOf = async (path: string) => (await Deno.stat(path)).mode;",
      "Deno.test(name, async () => {\n  await check();\n});",
    ]
  ) {
    const sources = new Map([["core/a_test.ts", text], ["core/b_test.ts", ""]]);
    deepStrictEqual(groupTestFiles(sources), [["core/a_test.ts", "core/b_test.ts"]], text);
  }
});

Deno.test("groupTestFiles() puts tests in a browser with each other, a few groups of like length", () => {
  const groups = groupTestFiles(
    new Map([
      ["core/a_test.ts", ""],
      ["viewer/b_test.ts", "await start();"],
      ...Array.from({ length: 9 }, (_, i): [string, string] => [
        `viewer/e2e/${i}_test.ts`,
        `import { inBrowser } from "../testing/in_browser.ts";${
          "\n".repeat(1 + 100 * i)
        }inBrowser("");`,
      ]),
      ["viewer/testing/in_browser.ts", "Deno.test({ sanitizeOps: false });"],
    ]),
  );
  const numbers = (paths: string[]) => paths.map((path) => Number(/(\d)_test/.exec(path)![1]));
  deepStrictEqual(groups.slice(0, 4).map(numbers), [[8, 1, 0], [7, 2], [6, 3], [5, 4]]);
  deepStrictEqual(groups.slice(4), [["core/a_test.ts"], ["viewer/b_test.ts"]]);
});
