/** Overview and trends of a recording in a real browser: a pixel and its page, back, gaps, states. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Page } from "playwright-core";
import { annotationSignal, edfFromSpec, timekeeping } from "../../core/testing/edf_from_spec.ts";
import { prng } from "../../core/testing/prng.ts";
import { ASSESSED_COLUMNS } from "../api/read_assessed.ts";
import { accessibilityFaults } from "../testing/axe.ts";
import { deriveTrends } from "../testing/derive_trends.ts";
import { drawn, inBrowser, picture, signIn, streamFile } from "../testing/in_browser.ts";

const SECONDS = 600;
/** A minute was not recorded: from 300 to 360 s. */
const END = 660;
const onsetOf = (record: number) => record < 300 ? record : record + 60;

/**
 * Ten minutes with a gap in them, two chains a side: 10 Hz in noise, twice as large on the right. The left
 * is flat from 460 to 500 s.
 */
function dayFile(): Uint8Array<ArrayBuffer> {
  const range = {
    physicalMin: "-800",
    physicalMax: "800",
    digitalMin: "-2048",
    digitalMax: "2047",
  };
  const random = prng(5);
  const wave = Array.from(
    { length: 128 * SECONDS },
    (_, i) => Math.round(60 * Math.sin(2 * Math.PI * 10 * i / 128) + random.below(40) - 20),
  );
  const chain = (factor: number, isFlat: (second: number) => boolean) =>
    Array.from(
      { length: SECONDS },
      (_, second) =>
        wave.slice(128 * second, 128 * second + 128).map((value) =>
          isFlat(second) ? 0 : factor * value
        ),
    );
  const left = (record: number) => onsetOf(record) >= 460 && onsetOf(record) < 500;
  const never = () => false;
  return edfFromSpec({
    reserved: "EDF+D",
    startDate: "06.11.76",
    startTime: "23.55.00",
    signals: [
      { label: "C3-P3", ...range, records: chain(1, left) },
      { label: "F7-T7", ...range, records: chain(1, left) },
      { label: "C4-P4", ...range, records: chain(2, never) },
      { label: "F8-T8", ...range, records: chain(2, never) },
      annotationSignal(
        Array.from({ length: SECONDS }, (_, record) => timekeeping(onsetOf(record))),
      ),
    ],
  });
}

const valueOf = (page: Page, name: string) =>
  page.getByRole("region", { name, exact: true }).locator(".trend-value");

/** Waits until a panel says so. */
const says = (page: Page, name: string, text: string | RegExp) =>
  valueOf(page, name).filter({ hasText: text }).waitFor();

inBrowser(
  "days: from any pixel to its page and back, values and states in words",
  async (reading) => {
    const { page, site } = reading;
    await streamFile(site, dayFile());
    await signIn(reading, "/recordings/p-1/gap?start=0");
    await drawn(page, 0);

    // Before anything is computed the panels say that, and not that there is nothing.
    await page.keyboard.press("o");
    await says(page, "aEEG", "not computed yet");
    await page.locator("#days-summary", { hasText: "10 min not computed yet" }).waitFor();
    await page.keyboard.press("o");
    await page.locator(".days").waitFor({ state: "hidden" });

    await deriveTrends(site);
    await page.keyboard.press("o");
    await says(page, "aEEG", /^left \d+–\d+ µV, right \d+–\d+ µV$/);
    // Four times the power at each frequency: (R − L) ÷ (R + L) = 0.6.
    await says(page, "Asymmetry", "relative +0.60 (more power right), absolute 0.60");
    await says(page, "Spectrogram", /strongest .* at 10 Hz, right strongest .* at 10 Hz/);
    const summary = page.locator("#days-summary");
    await summary.filter({
      hasText: "0 seizures in 9.7 assessable min of 11; 0.3 min not assessable, 1 min no data",
    })
      .waitFor();
    const caption = page.getByRole("region", { name: "aEEG", exact: true }).locator("summary");
    for (const part of ["C3-P3, C4-P4", "10 s epochs", "2–15 Hz", "µV", "wavekeep.trend.aeeg 1"]) {
      ok((await caption.innerText()).includes(part), part);
    }

    // A pixel two thirds along: the page there; one key back, one forward.
    const canvas = page.getByRole("region", { name: "Spectrogram", exact: true }).locator("canvas");
    const box = (await canvas.boundingBox())!;
    const plot = box.width - 92 - 62;
    const at = (seconds: number) => box.x + 92 + plot * seconds / END;
    await page.mouse.move(at(330), box.y + 20);
    await says(page, "Spectrogram", /^no data$/);
    await page.mouse.move(at(480), box.y + 20);
    await says(page, "Spectrogram", /^left not assessable, right .* dB at /);
    await says(page, "Coverage and assessable time", "not assessable left 100 %, right 0 %");
    await page.mouse.click(at(480), box.y + 20);
    const shown = () =>
      page.locator("canvas.page").evaluate((canvas) => Number(canvas.dataset["start"]));
    await page.waitForFunction(() =>
      Number(document.querySelector<HTMLCanvasElement>("canvas.page")!.dataset["start"]) > 460
    );
    ok(Math.abs(await shown() - 479) < 2, `${await shown()}`);
    const there = await shown();
    await page.keyboard.press("Backspace");
    await drawn(page, 0);
    await page.keyboard.press("Shift+Backspace");
    await drawn(page, there);
    await page.keyboard.press("Backspace");
    await drawn(page, 0);

    // The same without a pointer.
    const strip = page.getByRole("slider", { name: "Moment in the recording" });
    await page.keyboard.press("o");
    await page.keyboard.press("o");
    strictEqual(await page.evaluate(() => document.activeElement?.id), "day-strip");
    await page.keyboard.press("Home");
    for (let step = 0; step < 3; step++) await page.keyboard.press("Shift+ArrowRight");
    const text = await strip.getAttribute("aria-valuetext");
    ok(
      /^23:55:1\d, day 1 \(\+0:00:1\d\)\. Coverage.*Asymmetry: relative/.test(text ?? ""),
      `${text}`,
    );
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await drawn(page, 650);
    await page.keyboard.press("Backspace");
    await drawn(page, 0);

    // Panels are chosen, moved and hidden; a reader's choice is kept.
    const names = () => page.locator(".trend h3").allInnerTexts();
    await page.getByRole("button", { name: "aEEG: move up" }).click();
    await page.getByRole("button", { name: "Spectrogram: hide" }).click();
    await page.locator(".days").getByText("Trends", { exact: true }).click();
    await page.getByLabel("Suppression ratio").check();
    deepStrictEqual(await names(), [
      "Coverage and assessable time",
      "aEEG",
      "Asymmetry",
      "Suppression ratio",
    ]);
    await page.keyboard.press("Escape");
    await page.locator(".days-body").evaluate((body) => body.scrollTop = 0);
    deepStrictEqual(await accessibilityFaults(page, ".days"), []);
    await picture(page, "days_made");

    // Opening it again costs no request, and every opening was measured.
    const asked: string[] = [];
    page.on("request", (request) => {
      const { pathname, searchParams } = new URL(request.url());
      // How much of the whole can be judged is looked at now and then, whatever is open.
      if (searchParams.get("columns") !== String(ASSESSED_COLUMNS)) asked.push(pathname);
    });
    await page.keyboard.press("o");
    await page.locator(".days").waitFor({ state: "hidden" });
    await page.keyboard.press("o");
    await says(page, "aEEG", "µV");
    deepStrictEqual(asked.filter((path) => /trends|envelope/.test(path)), []);
    await page.waitForFunction(() =>
      performance.getEntriesByName("overview").some((entry) =>
        (entry as PerformanceMeasure).detail.cached
      )
    );
    const cached = await page.evaluate(() =>
      performance.getEntriesByName("overview").map((entry) =>
        (entry as PerformanceMeasure).detail.cached
      )
    );
    strictEqual(cached[0], false);

    // Whatever counts says what it is of, wherever it stands.
    await page.reload();
    const judged = "9 min 40 s assessable (20 s not assessable, 1 min no data)";
    await page.locator(".counted", { hasText: `0 seizures in ${judged}` }).waitFor();
    await page.locator("button.seen", { hasText: "20 s not assessable" }).waitFor();
    await picture(page, "days_counted");
  },
);
