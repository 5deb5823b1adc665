import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { PROBLEM_TYPE_BASE, PROBLEMS, type ProblemSlug } from "./catalogue.ts";
import { Problem, ProblemError, problemSlug, toProblem } from "./problem.ts";

const SLUGS = Object.keys(PROBLEMS) as ProblemSlug[];

Deno.test("toProblem() builds a document its own schema accepts, for every slug", () => {
  for (const slug of SLUGS) {
    const problem = Problem.parse(toProblem(slug, { detail: "d" }, "request-1"));
    strictEqual(problem.type, PROBLEM_TYPE_BASE + slug);
    strictEqual(problemSlug(problem), slug);
    strictEqual(problem.instance, "request-1");
  }
});

Deno.test("toProblem() lets no extension overwrite a standard member", () => {
  const problem = toProblem("validation", { extensions: { status: 200, limit: 5 } });
  deepStrictEqual([problem.status, problem["limit"]], [422, 5]);
});

Deno.test("problemSlug() is undefined for somebody else's type", () => {
  strictEqual(problemSlug({ type: "about:blank", title: "x", status: 500 }), undefined);
  strictEqual(
    problemSlug({ type: PROBLEM_TYPE_BASE + "toString", title: "x", status: 500 }),
    undefined,
  );
});

Deno.test("ProblemError carries slug, status and cause", () => {
  const cause = new Error("inner");
  const error = new ProblemError("store-unavailable", { cause });
  strictEqual(error.status, 503);
  strictEqual(error.cause, cause);
});

Deno.test("PROBLEMS: every slug has a page that names client, operator and us", async () => {
  for (const slug of SLUGS) {
    const page = await Deno.readTextFile(new URL(`../problems/${slug}.md`, import.meta.url));
    ok(page.startsWith(`# ${slug}\n`), slug);
    ok(page.includes(`Status ${PROBLEMS[slug].status}`), slug);
    for (const heading of ["**Client.**", "**Operator.**"]) {
      ok(page.includes(heading), `${slug}: ${heading}`);
    }
  }
});

Deno.test("PROBLEMS: every status is an error of HTTP and every title is a phrase without a period", () => {
  for (const slug of SLUGS) {
    const { status, title } = PROBLEMS[slug];
    ok(status >= 400 && status <= 599, slug);
    ok(!title.endsWith("."), slug);
  }
});
