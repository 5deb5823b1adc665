import { strictEqual } from "node:assert/strict";
import { countOfAssessed, notAssessableText } from "./assessed_text.ts";

const seconds = { "assessable": 600, "not-assessable": 0, "not-computed": 0, "missing": 0 };

Deno.test("countOfAssessed() gives no rate of minutes, and no rest where all can be judged", () => {
  strictEqual(countOfAssessed(1, "seizure", seconds), "1 seizure in 10 min assessable");
  strictEqual(countOfAssessed(0, "event", seconds), "0 events in 10 min assessable");
});

Deno.test("countOfAssessed() of a time that nobody could judge does not say that nothing was there", () => {
  const none = { ...seconds, "assessable": 0, "not-computed": 600 };
  strictEqual(
    countOfAssessed(0, "seizure", none),
    "0 seizures in 0 s assessable (10 min not computed yet)",
  );
});

Deno.test("notAssessableText() keeps apart what cannot be judged, is not computed, and is not there", () => {
  strictEqual(
    notAssessableText({ ...seconds, "not-assessable": 90, "not-computed": 20, "missing": 3600 }),
    "1 min 30 s not assessable, 20 s not computed yet, 1 h no data",
  );
  strictEqual(notAssessableText({ ...seconds, "not-assessable": 0.2 }), "");
});
