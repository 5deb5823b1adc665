import { strictEqual } from "node:assert/strict";
import { testTrends, testTrendStream } from "../../testing/test_trends.ts";
import { captionOf, computedUntil, valueText } from "./trend_texts.ts";

const stream = testTrendStream([{}, { notAssessable: 1 }, { missing: 0.25 }]);
const answer = testTrends([stream]);

function check(family: Parameters<typeof valueText>[1], moment: number, expected: string) {
  Deno.test(`valueText() of ${family} at ${moment} s`, () => {
    strictEqual(valueText(answer, family, { moment }), expected);
  });
}

check("coverage", 5, "assessable left 100 %, right 100 %");
check("coverage", 25, "assessable left 75 %, right 75 %; no data 25 %");
check("spectrogram", 5, "left strongest +39.0 dB at 30 Hz, right strongest +39.0 dB at 30 Hz");
check("spectrogram", 15, "not assessable");
check("asymmetry", 5, "relative −0.25 (more power left), absolute 0.50");
check("suppression", 25, "left 20 %, right 20 %");
check(
  "power",
  5,
  "left delta 100, theta 50, alpha 20, beta 10 µV², right delta 100, theta 50, alpha 20, beta 10 µV²",
);
check("alpha-delta", 5, "left 0.20, right 0.20");
check("alpha-delta", 500, "no data");

Deno.test("valueText() of a spectrum is that of the frequency under the pointer", () => {
  const text = valueText(answer, "spectrogram", { moment: 5, hertz: 10 });
  strictEqual(text, "left −1.0 dB at 10 Hz, right −1.0 dB at 10 Hz");
});

Deno.test("captionOf() prints derivation, window, band, unit, algorithm and version", () => {
  strictEqual(
    captionOf(answer, "asymmetry"),
    "1 pair of bipolar derivations · 10 s epochs; Hann windows of 2 s every 1 s within them · " +
      "1–25 Hz · 1; relative −1 (left) to 1 (right), absolute 0 to 1 · wavekeep.trend.asymmetry 1 · " +
      "a column is 10 s",
  );
});

Deno.test("computedUntil() is where an answer lags, and nothing where it does not", () => {
  strictEqual(computedUntil(answer), undefined);
  const ended = testTrendStream([{}, {}, {}]);
  const live = testTrendStream([{}, {}, { notComputed: 1 }], {
    "segment_id": "b",
    "origin_seconds": "40",
    "computed_until": "60",
  });
  strictEqual(computedUntil(testTrends([ended, live], { complete: false })), 60);
});
