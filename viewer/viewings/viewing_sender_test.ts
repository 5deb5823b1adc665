import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { ViewingInput } from "@wavekeep/core/recording";
import { ViewingSender } from "./viewing_sender.ts";

const viewing = (id: number) => ({ "viewing_id": String(id) }) as ViewingInput;

function openSender(answers: (number | "none" | Promise<number>)[]) {
  const sent: string[][] = [];
  const sender = new ViewingSender("/viewings", {
    clock: () => 5_000.4,
    fetcher: async (_, init) => {
      const body = JSON.parse(init!.body as string);
      strictEqual(body.sent_at_ms, 5_000);
      strictEqual(init!.keepalive, true);
      sent.push(body.viewings.map((row: ViewingInput) => row.viewing_id));
      const answer = await (answers.shift() ?? 201);
      if (answer === "none") throw new TypeError("no network");
      return new Response(null, { status: answer });
    },
  });
  return { sent, sender };
}

Deno.test("ViewingSender sends again until somebody has it, and lets go of what is refused for good", async () => {
  const { sent, sender } = openSender(["none", 503, 401, 201, 403]);
  sender.add(viewing(1));
  for (const waiting of [1, 1, 1, 0]) {
    await sender.send();
    strictEqual(sender.waiting, waiting);
  }
  sender.add(viewing(2));
  await sender.send();
  deepStrictEqual(sent, [["1"], ["1"], ["1"], ["1"], ["2"]]);
  strictEqual(sender.waiting, 0);
});

Deno.test("ViewingSender: a page that goes sends what is not on its way, once", async () => {
  const slow = Promise.withResolvers<number>();
  const { sent, sender } = openSender([slow.promise]);
  sender.add(viewing(1));
  const sending = sender.send();
  sender.add(viewing(2));
  // The page is put away, and then hidden.
  sender.sendLast();
  sender.sendLast();
  deepStrictEqual(sent, [["1"], ["2"]]);
  slow.resolve(201);
  await sending;
  strictEqual(sender.waiting, 0);
});

Deno.test("ViewingSender sends many in parts that keepalive carries", async () => {
  const { sent, sender } = openSender([]);
  for (let id = 0; id < 250; id++) sender.add(viewing(id));
  await sender.send();
  deepStrictEqual(sent.map(({ length }) => length), [120, 120, 10]);
});
