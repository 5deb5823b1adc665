import { strictEqual, throws } from "node:assert/strict";
import { ProblemError } from "@wavekeep/core/problem";
import { negotiate } from "./negotiate.ts";

const OFFERS = ["application/json", "application/vnd.x+json", "application/octet-stream"] as const;

function checkPick(accept: string | undefined, expected: string): void {
  strictEqual(negotiate(accept, OFFERS), expected);
}

Deno.test("negotiate() prefers our first type where anything goes", () => {
  checkPick(undefined, OFFERS[0]);
  checkPick("", OFFERS[0]);
  checkPick("*/*", OFFERS[0]);
  checkPick("application/*", OFFERS[0]);
  checkPick("text/html,application/xhtml+xml,*/*;q=0.8", OFFERS[0]);
});

Deno.test("negotiate() follows quality values", () => {
  checkPick("application/json;q=0.2, application/octet-stream;q=0.9", OFFERS[2]);
  checkPick("application/json; q=0.9 , application/vnd.x+json;q=0.91", OFFERS[1]);
});

Deno.test("negotiate() lets the more specific range decide", () => {
  checkPick("*/*;q=1, application/json;q=0.1", OFFERS[1]);
  checkPick("application/*;q=0.1, */*;q=0.9, application/octet-stream;q=0.5", OFFERS[2]);
});

Deno.test("negotiate() never gives what has quality 0, whatever a wildcard says", () => {
  checkPick("application/json;q=0, */*", OFFERS[1]);
});

Deno.test("negotiate() does not care about case, and skips what is not a range", () => {
  checkPick("nonsense, APPLICATION/JSON;Q=0.5", OFFERS[0]);
});

Deno.test("negotiate() refuses with the list of what can be given", () => {
  for (const accept of ["text/html", "application/json;q=0", "application/json;q=7"]) {
    throws(() => negotiate(accept, OFFERS), (error: unknown) => {
      strictEqual((error as ProblemError).slug, "not-acceptable");
      return (error as ProblemError).message.includes("application/vnd.x+json");
    });
  }
});
