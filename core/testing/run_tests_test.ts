import { deepStrictEqual } from "node:assert/strict";
import { countTests } from "./run_tests.ts";

Deno.test("countTests() adds up the suites of a report", () => {
  const junit = `<?xml version="1.0"?><testsuites name="deno test" tests="5" failures="1">
    <testsuite name="a.ts" tests="3" disabled="1" errors="0" failures="1"></testsuite>
    <testsuite name="b.ts" tests="2" disabled="0" errors="0" failures="0"></testsuite></testsuites>`;
  deepStrictEqual(countTests(junit), { passed: 3, failed: 1, skipped: 1 });
});

Deno.test("countTests() counts nothing in an empty report", () => {
  deepStrictEqual(countTests(""), { passed: 0, failed: 0, skipped: 0 });
});
