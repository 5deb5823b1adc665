/**
 * The viewer in a real browser, on real services and a real database: what a reader sees and presses.
 *
 * Needs the test server of `deno task test`; the browser comes out of npm.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sharedDataDir } from "../core/testing/shared_data.ts";
import { bipolarFile, discontinuousFile, tenMinutesFile } from "./testing/edf_files.ts";
import {
  columnOf,
  countIs,
  drawn,
  factHas,
  factIs,
  inBrowser,
  picture,
  signIn,
  streamFile,
  textHas,
} from "./testing/in_browser.ts";

inBrowser("a recording with a gap and a seizure, from the list to the keys", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, discontinuousFile());
  await signIn(reading, "/");
  await textHas(page.locator("tbody tr"), "1 gap, 10 s");
  await picture(page, "list");
  await page.getByRole("link", { name: "gap", exact: true }).click();
  // It has only just arrived and is still open, but it has reached its stated end: it is not live.
  await drawn(page, 0);
  await textHas(page.locator(".banner"), "p-1");
  deepStrictEqual(await page.locator(".channel-name").allInnerTexts(), [
    "FP1-F7",
    "T8-P8",
    "T8-P8#2",
    "SpO2",
  ]);
  await factIs(page, "Sensitivity", "7 µV/mm");
  await factIs(page, "Polarity", "negative up");
  await factIs(page, "Integrity", /^verified here, \d+ chunks$/);

  // Next seizure: a second of context, then the onset; all of it lies in the gap.
  await page.keyboard.press("n");
  await drawn(page, 9);
  await factIs(page, "Gaps on page", "1");
  await page.locator("#page-summary", { hasText: "Not recorded · 10 s" }).waitFor();
  await textHas(page.locator("#page-summary"), "Seizure · 1 min 30 s");
  await picture(page, "gap");

  // Shading goes on where the page lies wholly inside the seizure.
  await page.keyboard.press("End");
  await drawn(page, 20);
  const shaded = (await columnOf(page, 700)).slice(54, -40);
  ok(!shaded.includes("255,255,255"), "no pixel is left unshaded");
  await picture(page, "inside");

  await page.keyboard.press("Home");
  await drawn(page, 0);
  for (let i = 0; i < 4; i++) await page.keyboard.press("]");
  await drawn(page, 0, 60);
  await picture(page, "sixty");
  for (let i = 0; i < 4; i++) await page.keyboard.press("[");
  await drawn(page, 0);
  await page.keyboard.press("PageDown");
  await drawn(page, 10);
  await page.keyboard.press("ArrowRight");
  await drawn(page, 11);
  await page.getByRole("button", { name: "Next event", exact: true }).waitFor();
  await page.getByLabel("Position in the recording").fill("3");
  await drawn(page, 3);
  await page.keyboard.press("Escape");
  await page.locator(".plot").focus();
  await page.keyboard.press("+");
  await factIs(page, "Sensitivity", "5 µV/mm");

  await page.getByRole("checkbox", { name: /FP1-F7/ }).uncheck();
  await factIs(page, "Channels", "3 of 4");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("s");
  await page.locator(".spectrogram", { hasText: "1.00 Hz bins" }).waitFor();
  await picture(page, "spectrogram");
});

inBrowser(
  "the pixels: a one-sample spike at every page length, nothing in a gap",
  async (reading) => {
    const { page, site } = reading;
    await streamFile(site, discontinuousFile());
    // Samples as recorded: a filter makes a spike of one sample smaller, as it should.
    await signIn(reading, "/recordings/p-1/gap?start=0&page=10&low=off&high=off");
    await drawn(page, 0);
    // The plot begins 92 CSS pixels from the left, 62 from the right.
    const width = await page.evaluate(() =>
      document.querySelector<HTMLCanvasElement>("canvas.page")!.width - 92 - 62
    );
    const height = await page.evaluate(() =>
      document.querySelector<HTMLCanvasElement>("canvas.page")!.height - 48 - 36
    );
    const baseline = 48 + height / 4 * 1.5;
    // 195.4 µV less at 7 µV/mm is 27.9 mm, negative: upwards.
    const peak = baseline - 500 * (1600 / 4095) / 7 * (96 / 25.4);
    for (const seconds of [10, 15, 20, 30, 60]) {
      if (seconds > 10) await page.keyboard.press("]");
      await drawn(page, 0, seconds);
      const x = 92 + Math.floor(4.5 / seconds * width);
      let top = Infinity;
      for (const near of [x - 1, x, x + 1]) {
        const column = await columnOf(page, near);
        const from = Math.round(peak - 12);
        for (let y = from; y < baseline; y++) {
          // Red for the right side: the darkest colour of the trace.
          const [red = 0, , blue = 0] = column[y]!.split(",").map(Number);
          if (red - blue > 80) top = Math.min(top, y);
        }
      }
      ok(Math.abs(top - peak) <= 2, `${seconds} s: spike reaches ${top}, should be ${peak}`);
    }
    await page.keyboard.press("[");
    await drawn(page, 0, 30);
    // In the middle of the gap nothing has the colour of a trace.
    const inGap = await columnOf(page, 92 + Math.floor(12 / 30 * width));
    const traces = inGap.filter((colour) => {
      const [red = 0, green = 0, blue = 0] = colour.split(",").map(Number);
      return red < 60 && green < 110 && blue < 160;
    });
    deepStrictEqual(traces, []);
    await picture(page, "pixels");
  },
);

inBrowser("live: new seconds appear by themselves, and silence is said", async (reading) => {
  const { page, site } = reading;
  const send = async (second: number) => {
    const samples = ["A", "B"].map((_, channel) =>
      Array.from({ length: 256 }, (_, i) => 40 * Math.sin((i + channel * 20) / 9))
    );
    const answer = await site.pipeline.post("/ingest", {
      "patient_id": "p-2",
      "recording_id": "live",
      channels: ["Fp1-F7", "Fp2-F8"],
      start: second,
      "sample_rate": 256,
      samples,
    });
    ok(answer.ok, await answer.text());
  };
  for (let second = 0; second < 3; second++) await send(second);
  await signIn(reading, "/recordings/p-2/live");
  await drawn(page, 0);
  await page.locator(".live-state.live").waitFor();
  ok(await page.getByRole("button", { name: "Follow live" }).getAttribute("aria-pressed"));
  for (let second = 3; second < 14; second++) await send(second);
  await drawn(page, 4);
  await picture(page, "live");
  await page.getByRole("alert").filter({ hasText: "No data for" }).waitFor();
  await picture(page, "stale");
});

inBrowser("old pixels stay and the page says so when query is gone", async (reading) => {
  const { page, site, complaints } = reading;
  await streamFile(site, tenMinutesFile());
  await signIn(reading, "/recordings/p-1/gap?start=0");
  await drawn(page, 0);
  await site.stopQuery();
  // What lies around was fetched ahead, the end was not.
  await page.keyboard.press("End");
  await page.getByRole("alert").filter({ hasText: "What is shown is the page before" }).waitFor();
  await drawn(page, 0);
  // A refused request is the browser's own console line, and the only one allowed.
  const others = complaints.filter((text) => !/502|Failed to load resource/.test(text));
  deepStrictEqual(others, []);
  complaints.length = 0;
});

inBrowser("chb01_18, the real EDF+D: gap, seizure, two channels of one name", async (reading) => {
  const data = sharedDataDir();
  if (data === undefined) return;
  const { page, site } = reading;
  await site.pipeline.stream([`${data}/chbmit/chb01_18_s1710_edfplusD_reencoded.edf`], {
    patientId: "chb01",
    recordingId: "chb01_18",
  });
  await signIn(reading, "/recordings/chb01/chb01_18?start=0");
  await drawn(page, 0);
  const names = await page.locator(".channel-name").allInnerTexts();
  strictEqual(names.length, 23);
  ok(names.includes("T8-P8") && names.includes("T8-P8#2"));
  await picture(page, "chb01_18");
  await page.keyboard.press("n");
  await drawn(page, 9);
  await page.locator("#page-summary", { hasText: "Not recorded · 10 s" }).waitFor();
  await picture(page, "chb01_18_gap");
});

inBrowser("montages and filters (gates 6, 8, 10): keys, truth strip, paths", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, bipolarFile());
  await signIn(reading, "/recordings/p-1/gap?start=0");
  await drawn(page, 0);
  const names = () => page.locator(".channel-name").allInnerTexts();
  const says = (name: string, text: string) => factHas(page, name, text);
  await says("Low filter", "0.5 Hz (TC 0.32 s)");
  await says("High filter", "70 Hz");
  await says("Notch", "off");
  await says("Phase", "causal");
  await says("Recorded band", "HP:0.1Hz LP:75Hz");
  await says("Montage", "as recorded");

  // Each digit is a montage; what cannot be had is counted here and told with its reason there.
  await page.keyboard.press("2");
  await says("Montage", "longitudinal bipolar, 14 of 18 cannot be derived");
  deepStrictEqual(await names(), ["Fp1-F7", "Fp1-F3", "F3-C3", "Fz-Cz", "ECG"]);
  await page.locator(".missing > summary").click();
  await page.getByText("F7-T7: no usable channel has T7").waitFor();
  await page.keyboard.press("3");
  await says("Montage", "transverse bipolar");
  deepStrictEqual(await names(), ["F7-Fp1", "F7-F3", "ECG"]);
  await page.getByText("−(FP1-F7) + (FP1-F3)").waitFor();
  await picture(page, "transverse");

  // Held, the key shows the montage before; let go, this one.
  await page.keyboard.down("\\");
  await says("Montage", "longitudinal bipolar, peeking");
  await page.keyboard.up("\\");
  await says("Montage", "transverse bipolar");
  await page.keyboard.press("4");
  await page.getByText("Average of 4: Fp1, F7, F3, C3").waitFor();
  deepStrictEqual(await names(), ["Fp1-avg", "F7-avg", "F3-avg", "C3-avg", "ECG"]);

  // A channel on the path is dead: every electrode of the average is in doubt, and blank.
  await page.keyboard.press("End");
  await drawn(page, 10);
  await says("Montage", "in part not assessable");
  await page.locator("#page-summary", { hasText: "Not assessable: F3-C3 is flat" }).waitFor();
  await picture(page, "not_assessable");

  // Filters by key, and in the address with the montage.
  await page.keyboard.press("l");
  await says("Low filter", "1 Hz (TC 0.16 s)");
  await page.keyboard.press("h");
  await says("High filter", "100 Hz");
  await page.keyboard.press("k");
  await says("Notch", "50 Hz (Q 30)");
  await page.waitForURL(/montage=average&low=1&high=100&notch=50/);
  await page.getByText("View", { exact: true }).click();
  await page.getByLabel("Filters without phase shift").check();
  await says("Phase", "zero-phase");

  await page.getByRole("button", { name: "Your own montage" }).click();
  await page.getByLabel("Traces", { exact: true }).fill("C3-F7\nnose");
  await page.getByText("1 trace. Line 2, nose: no reference after a dash").waitFor();
  await page.getByRole("button", { name: "Use it" }).click();
  await says("Montage", "own montage");
  deepStrictEqual(await names(), ["C3-F7", "ECG"]);
  await page.waitForURL(/montage=own/);
  await page.reload();
  await drawn(page, 10);
  await says("Montage", "own montage");
  await page.locator(".channel-name", { hasText: "C3-F7" }).waitFor();
});

inBrowser("chb01_03, a real seizure in every montage", async (reading) => {
  const data = sharedDataDir();
  if (data === undefined) return;
  const { page, site } = reading;
  await site.pipeline.stream([`${data}/chbmit/chb01_03_Seizure.edf`], {
    patientId: "chb01",
    recordingId: "chb01_03",
  });
  await signIn(reading, "/recordings/chb01/chb01_03?start=0");
  await drawn(page, 0);
  await page.keyboard.press("PageDown");
  await drawn(page, 10);
  // As recorded, longitudinal, transverse, average, Laplacian, Cz, ears.
  for (const [index, count] of [23, 18, 12, 18, 10, 2, 0].entries()) {
    await page.keyboard.press(`${index + 1}`);
    await countIs(page.locator(".channel-name"), count);
    await picture(page, `chb01_03_montage_${index + 1}`);
  }
});

inBrowser(
  "renderers and measures: switched by hand, the same pixels, every action timed",
  async (reading) => {
    const { page, site, complaints } = reading;
    await streamFile(site, discontinuousFile());
    await signIn(reading, "/recordings/p-1/gap?start=0&low=off&high=off");
    await drawn(page, 0);
    const button = page.locator(".truth > div").filter({ hasText: "Renderer" }).getByRole("button");
    // Measured in an idle moment after the first page, and the figures said.
    await page.waitForFunction(
      (element) => element?.getAttribute("title")?.startsWith("Measured here: WebGL2"),
      await button.elementHandle(),
    );
    ok(/^(Canvas 2D|WebGL2), automatic$/.test(await button.innerText()));

    // Pictures are compared where they are: two of them as text are megabytes through the driver's pipe.
    const keepPicture = () =>
      page.locator("canvas.page").evaluate((element) => {
        const canvas = element as HTMLCanvasElement;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        const kept = globalThis as { pictures?: Uint8ClampedArray[] };
        (kept.pictures ??= []).push(data.filter((_, i) => i % 4 === 0));
      });
    for (
      const [text, drawnBy] of [["WebGL2, chosen", "webgl2"], [
        "Canvas 2D, chosen",
        "canvas2d",
      ]] as const
    ) {
      await button.click();
      await page.locator(`canvas[data-renderer="${drawnBy}"]`).waitFor();
      await textHas(button, text);
      await keepPicture();
    }
    const { pixels, differing } = await page.evaluate(() => {
      const [one, other] = (globalThis as { pictures?: Uint8ClampedArray[] }).pictures!;
      if (one!.length !== other!.length) throw new Error("The pictures differ in size");
      const differing = one!.filter((value, i) => Math.abs(value - other![i]!) > 4).length;
      return { pixels: one!.length, differing };
    });
    ok(pixels > 0);
    strictEqual(differing, 0, `${differing} of ${pixels} pixels differ between the renderers`);

    await page.locator(".plot").focus();
    for (const [key, start] of [["PageDown", 10], ["PageUp", 0], ["n", 9]] as const) {
      await page.keyboard.press(key);
      await drawn(page, start);
    }
    await page.keyboard.press("+");
    const entries = () =>
      page.evaluate(() =>
        (performance.getEntriesByType("measure") as PerformanceMeasure[])
          .map(({ name, duration, detail }) => ({ name, duration, detail }))
      );
    await page.waitForFunction(() =>
      performance.getEntriesByName("sensitivity", "measure").length === 1
    );
    const measured = await entries();
    deepStrictEqual(
      measured.map(({ name }) => name),
      ["open", "page-turn", "page-turn", "event-jump", "sensitivity"],
    );
    ok(measured.every(({ duration, detail }) => duration > 0 && detail.overtaken === 0));
    strictEqual(measured[0]!.detail.cached, false);
    deepStrictEqual([measured[2]!.detail.cached, measured[4]!.detail.cached], [true, true]);
    strictEqual(measured[4]!.detail.renderer, "canvas2d");
    // The driver's note that a picture was copied off a processor playing graphics card.
    const others = complaints.filter((text) => !/GPU stall due to ReadPixels/.test(text));
    deepStrictEqual(others, []);
    complaints.length = 0;
  },
);
