import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testMark } from "../testing/test_mark.ts";
import { clipsOf, clipText, isClip } from "./clips.ts";
import { markText } from "./marks.ts";
import { FILTERS_DEFAULT, MONTAGE_DEFAULT } from "./page_view.ts";
import { DISPLAY_DEFAULT } from "./tools/display_settings.ts";

Deno.test("a clip comes back from its mark as it was looked at", () => {
  const look = {
    view: {
      montage: { ...MONTAGE_DEFAULT, kind: "average" as const, bad: ["F3"] },
      filters: { ...FILTERS_DEFAULT, lowHz: 1 },
    },
    display: { ...DISPLAY_DEFAULT, isPositiveUp: true },
    sensitivity: 10,
  };
  const text = clipText("spikes [left]\n over F7", look);
  strictEqual(
    text,
    "Clip: spikes [left] over F7 [uv=10&montage=average&bad=F3&low=1&polarity=positive-up]",
  );
  const clip = { id: "c", start: 20, seconds: 10, comment: "spikes [left] over F7", ...look };
  // The first clips were notes.
  for (const kind of ["clip", "note"] as const) {
    const mark = testMark({ id: "c", kind, onset: 20, duration: 10, text });
    deepStrictEqual(clipsOf([mark]), [clip]);
    strictEqual(markText(mark), "Clip: spikes [left] over F7 · 10 s");
  }
});

Deno.test("a clip whose text somebody changed is still a clip", () => {
  const [clip] = clipsOf([testMark({ kind: "clip", onset: 5, duration: 10, text: "look here" })]);
  deepStrictEqual([clip?.start, clip?.comment], [5, "look here"]);
});

Deno.test("other notes are no clips", () => {
  const note = (text: string) => isClip(testMark({ kind: "note", text }));
  deepStrictEqual(["Clip", "Clipped electrode [F3] loose", "Clip [uv=7]"].map(note), [
    false,
    false,
    true,
  ]);
});
