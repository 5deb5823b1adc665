import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { ProblemError } from "../problem/mod.ts";
import { Strangers } from "./strangers.ts";

/** A store whose answers come when they are told to, in the order of the questions. */
function slowStrangers(options: { readonly lineMax: number }) {
  const asked: string[] = [];
  const answers: PromiseWithResolvers<string | undefined>[] = [];
  const strangers = new Strangers<string>((id) => {
    asked.push(id);
    const answer = Promise.withResolvers<string | undefined>();
    answers.push(answer);
    return answer.promise;
  }, { atOnceMax: 2, ...options });
  return { strangers, asked, answers };
}

Deno.test("Strangers asks for two at once, lets others wait in line, and refuses the rest", async () => {
  const { strangers, asked, answers } = slowStrangers({ lineMax: 2 });
  const found = ["a", "b", "c", "d"].map((id) => strangers.find(id));
  await rejects(
    strangers.find("e"),
    (error) => error instanceof ProblemError && error.slug === "store-unavailable",
  );
  strictEqual(strangers.find("d"), found[3], "who waits already is not one more");
  deepStrictEqual(asked, ["a", "b"]);
  answers[0]!.resolve("A");
  strictEqual(await found[0], "A");
  deepStrictEqual(asked, ["a", "b", "c"]);
  answers[2]!.resolve(undefined);
  strictEqual(await found[2], undefined);
  answers[1]!.resolve("B");
  answers[3]!.resolve("D");
  deepStrictEqual(await Promise.all(found), ["A", "B", undefined, "D"]);
});

Deno.test("a failed question of Strangers fails those behind it, and is over then", async () => {
  const { strangers, asked, answers } = slowStrangers({ lineMax: 2 });
  const found = ["a", "b", "c"].map((id) => strangers.find(id).catch(String));
  answers[0]!.reject("away");
  deepStrictEqual([await found[0], await found[2]], ["away", "away"]);
  answers[1]!.resolve("B");
  strictEqual(await found[1], "B");
  const again = strangers.find("a");
  answers[2]!.resolve("A");
  strictEqual(await again, "A");
  deepStrictEqual(asked, ["a", "b", "a"]);
});
