import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { answeredActions, type Handlers, perform } from "./handlers.ts";

function asked(action: Parameters<typeof perform>[0], handlers: Handlers[], isPressed = true) {
  const heard: string[] = [];
  perform(action, { handlers, dispatch: (event) => heard.push(event.action) }, isPressed);
  return heard;
}

Deno.test("perform() asks handlers in order until one has something to do, then the reducer", () => {
  const calls: string[] = [];
  const nothing = { "next-event": () => (calls.push("nothing"), false) };
  const something = { "next-event": () => void calls.push("something") };
  deepStrictEqual(asked("next-event", [nothing, something]), []);
  deepStrictEqual(calls, ["nothing", "something"]);
  deepStrictEqual(asked("next-event", [nothing]), ["next-event"]);
  deepStrictEqual(asked("accept", []), []);
});

Deno.test("perform() tells a handler of a held command when it is let go, and never the reducer", () => {
  const heard: boolean[] = [];
  const peek: Handlers = { peek: (isPressed) => void heard.push(isPressed) };
  asked("peek", [peek]);
  asked("peek", [peek], false);
  deepStrictEqual(heard, [true, false]);
  deepStrictEqual(asked("next-page", [], false), []);
});

Deno.test("answeredActions() has what the reducer or a handler answers, and nothing else", () => {
  const actions = answeredActions([{ calipers: () => {} }]);
  ok(actions.includes("next-page") && actions.includes("calipers"));
  strictEqual(actions.includes("accept"), false);
});
