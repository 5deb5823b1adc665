/** How many sets a stream may make. @module */

import { ok, strictEqual } from "node:assert/strict";
import { SetBudget } from "./set_budget.ts";

Deno.test("SetBudget allows eight sets in the first minute and then one a minute", () => {
  const budget = new SetBudget();
  const madeAt: number[] = [];
  for (let age = 0; age < 600; age++) {
    if (!budget.allows(age)) continue;
    budget.spend(age);
    madeAt.push(age);
  }
  strictEqual(madeAt.filter((age) => age < 60).length, 8);
  const late = madeAt.slice(7);
  for (let i = 1; i < late.length; i++) ok(late[i]! - late[i - 1]! >= 60);
  strictEqual(madeAt.length, 8 + 9);
});
