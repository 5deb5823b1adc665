import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testMark } from "../../../testing/test_mark.ts";
import { testModel } from "../../../testing/test_model.ts";
import { eventsOf, focusOf, neighbourOf } from "./event_queue.ts";
import { openReading, type ReadingEvent, reduceReading } from "./reading_state.ts";

const review = { verdict: "accepted" as const, by: "", at: "", disputed: false };
const marks = [2, 14, 15, 26].map((onset, i) =>
  testMark({
    id: `e${i}`,
    onset,
    source: i === 3 ? "human" : "algorithm",
    kind: i === 1 ? "seizure" : "note",
    review: i === 0 ? review : null,
  })
);
const opened = openReading(testModel({ marks }));

function after(...events: ReadingEvent[]) {
  return events.reduce(reduceReading, opened);
}
const action = (action: "next-event" | "previous-event" | "next-unreviewed") =>
  ({ type: "action", action }) as const;

Deno.test("next-event goes through events of every kind and puts each a tenth into its page", () => {
  const starts: [string | undefined, number][] = [];
  let state = opened;
  for (let i = 0; i < 5; i++) {
    state = reduceReading(state, action("next-event"));
    starts.push([state.events.focusId, state.viewport.start]);
  }
  deepStrictEqual(starts, [["e0", 1], ["e1", 13], ["e2", 14], ["e3", 20], ["e3", 20]]);
});

Deno.test("next-unreviewed passes by what was reviewed and what people marked", () => {
  const first = after(action("next-unreviewed"));
  strictEqual(first.events.focusId, "e1");
  const second = reduceReading(first, action("next-unreviewed"));
  strictEqual(second.events.focusId, "e2");
  strictEqual(neighbourOf(second, "next-unreviewed"), undefined);
});

Deno.test("a filter decides which events are gone through, and the focus outlasts it", () => {
  const state = after(
    { type: "focus", id: "e0", isShown: true },
    { type: "event-filter", filter: { kind: "seizure" } },
  );
  deepStrictEqual(eventsOf(state).map(({ id }) => id), ["e1"]);
  strictEqual(focusOf(state)?.id, "e0");
  strictEqual(reduceReading(state, action("next-event")).events.focusId, "e1");
});

Deno.test("a newer model brings no marks: those that are not saved yet are in none", () => {
  const model = testModel({ marks: [], endSeconds: 40 });
  strictEqual(after({ type: "model", model }).model.marks, marks);
  strictEqual(after({ type: "marks", marks: [] }).model.marks.length, 0);
});

Deno.test("a focus that is not to be shown leaves the page where it is", () => {
  const state = after({ type: "focus", id: "e2", isShown: false });
  deepStrictEqual([state.viewport.start, state.events.focusId], [0, "e2"]);
});
