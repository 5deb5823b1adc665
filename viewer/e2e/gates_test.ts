/**
 * What a clinician refuses a screen without (anchors, viewer, section 3): each convention that is a gate,
 * by its number, on the pixels and the words of the real page.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Page } from "playwright-core";
import { ELECTRODES, gatesFile } from "../testing/edf_files.ts";
import {
  inkOf,
  LEFT,
  lineOf,
  names,
  PIXELS_PER_MM,
  plotOf,
  RIGHT,
  TOP,
} from "../testing/page_pixels.ts";
import {
  drawn,
  factHas,
  factIs,
  inBrowser,
  picture,
  signIn,
  streamFile,
} from "../testing/in_browser.ts";

/** Opens a page of the recording. Samples as recorded, unless a test says otherwise. */
async function open(page: Page, query: string, start = 0, seconds = 10): Promise<void> {
  await page.goto(new URL(`/recordings/p-1/gap?${query}`, page.url()).href);
  await drawn(page, start, seconds);
  await page.locator(".plot").focus();
}

/** Presses a key and waits until the truth strip says so and the pixels follow. */
async function press(page: Page, key: string, name: string, text: string): Promise<void> {
  await page.keyboard.press(key);
  await factHas(page, name, text);
  // What is drawn in the frame of the strip's change is there after the next.
  await page.evaluate(() =>
    new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))
  );
}

const UNFILTERED = "low=off&high=off";

/** Slot of a row among 22 without groups. */
async function rowOf(page: Page, name: string): Promise<{ top: number; height: number }> {
  const { height } = await plotOf(page);
  const rows = await names(page);
  const each = height / rows.length;
  return { top: TOP + rows.findIndex((row) => row.includes(name)) * each, height: each };
}

/** How far C3's spike of one sample reaches above the trace beside it. */
async function spikeHeight(page: Page, seconds: number): Promise<number> {
  const { width } = await plotOf(page);
  const { top, height } = await rowOf(page, "C3");
  const x = LEFT + Math.floor(4.5 / seconds * width);
  const ink = async (at: number) => await inkOf(page, at, top - height * 0.4, top + height);
  const rest = await ink(x - 12);
  const peaks = (await Promise.all([x - 1, x, x + 1].map(ink))).map((column) =>
    Math.min(...column)
  );
  return rest.at(-1)! - Math.min(...peaks);
}

inBrowser("every gate of section 3", async (reading, test) => {
  const { page, site } = reading;
  await streamFile(site, gatesFile());
  const mark = (id: string, onset: string, source: string, more = {}) => ({
    "annotation_id": id.repeat(32),
    kind: "note",
    source,
    anchor: { coordinate: "recording", onset },
    duration: "1",
    text: "spindle",
    ...more,
  });
  const posted = await site.pipeline.post("/patients/p-1/recordings/gap/annotations", {
    annotations: [
      mark("a", "1", "human"),
      mark("b", "6", "algorithm", {
        detection: { method: "spindle-net", version: "2.1", score: 0.91 },
      }),
    ],
  });
  ok(posted.ok, await posted.text());
  // High enough for a name and the path below it to stand apart from the next row's.
  await page.setViewportSize({ width: 1600, height: 1000 });
  await signIn(reading, `/recordings/p-1/gap?start=0&${UNFILTERED}`);
  await drawn(page, 0);
  await picture(page, "gates");
  const gate = (name: string, fn: () => Promise<void>) => test.step(`gate ${name}`, fn);
  const reset = () => open(page, `start=0&${UNFILTERED}`);

  await gate("1: negative up", async () => {
    await factIs(page, "Polarity", "negative up");
    ok(await spikeHeight(page, 10) > 0, "a negative sample goes up");
  });

  await gate("2: absolute sensitivity of 7 µV/mm, no auto-scale", async () => {
    await factIs(page, "Sensitivity", "7 µV/mm");
    const expected = (microvoltsPerMm: number) => 40 / microvoltsPerMm * PIXELS_PER_MM;
    ok(Math.abs(await spikeHeight(page, 10) - expected(7)) <= 2);
    await press(page, "ArrowDown", "Sensitivity", "10 µV/mm");
    ok(Math.abs(await spikeHeight(page, 10) - expected(10)) <= 2);
    for (const step of [15, 20, 30, 50, 70, 100, 150, 200]) {
      await press(page, "ArrowDown", "Sensitivity", `${step} µV/mm`);
    }
    for (const step of [150, 100, 70, 50, 30, 20, 15, 10, 7, 5, 3, 2, 1]) {
      await press(page, "ArrowUp", "Sensitivity", `${step} µV/mm`);
    }
    await reset();
    // Ten times the amplitude elsewhere changes nothing: another page has the same scale.
    await page.keyboard.press("PageDown");
    await drawn(page, 10);
    await factIs(page, "Sensitivity", "7 µV/mm");
  });

  await gate("3: ten seconds a page, 30 mm/s as a choice", async () => {
    await reset();
    await page.locator(".truth dd", { hasText: /^10 s, \d+(\.\d)? mm\/s$/ }).waitFor();
    const lengths = await page.getByLabel("Page length").locator("option").allInnerTexts();
    for (const length of ["5 s", "10 s", "15 s", "20 s", "30 s", "60 s", "30 mm/s"]) {
      ok(lengths.some((text) => text.trim() === length), `${length} in ${lengths}`);
    }
  });

  await gate("4: second lines, heavier every five, clock and elapsed time", async () => {
    const { width, height } = await plotOf(page);
    const line = await lineOf(page, TOP + 3);
    const at = (second: number) => {
      const x = Math.round(LEFT + second / 10 * width);
      return Math.min(...line.slice(x - 1, x + 2));
    };
    const paper = Math.max(...line.slice(LEFT, LEFT + width));
    for (const second of [3, 4, 8, 9]) {
      ok(at(second) < paper, `a line at ${second} s`);
      ok(at(5) < at(second), "the fifth is heavier");
    }
    // Clock above elapsed time: two lines of text under the fifth second, none between two.
    const text = async (from: number, to: number) => {
      const columns = Array.from({ length: 40 }, (_, i) => LEFT + width / 2 - 20 + i);
      const found = await Promise.all(columns.map((x) => inkOf(page, x, from, to)));
      return found.flat().length;
    };
    const below = TOP + height;
    ok(await text(below + 5, below + 17) > 20, "a clock");
    ok(await text(below + 19, below + 31) > 10, "elapsed time");
    await page.locator("#page-summary", { hasText: "13:43:04" }).waitFor();
  });

  await gate("5: no peak vanishes, whatever the zoom", async () => {
    for (const seconds of [10, 15, 20, 30, 60]) {
      if (seconds > 10) await page.keyboard.press("]");
      await drawn(page, 0, seconds);
      const height = await spikeHeight(page, seconds);
      ok(Math.abs(height - 40 / 7 * PIXELS_PER_MM) <= 2, `${seconds} s a page: ${height}`);
    }
  });

  await gate("6: filters stand beside the traces, the notch is off", async () => {
    await open(page, "start=0");
    await factIs(page, "Low filter", /^(0\.5|1) Hz \(TC 0\.\d+ s\)$/);
    await factIs(page, "High filter", "70 Hz");
    await factIs(page, "Notch", "off");
    ok(await page.locator(".truth").isVisible());
  });

  await gate("7: a page that begins 0.3 s later shows the same filtered samples", async () => {
    // So wide that 0.3 s are a whole number of pixels.
    const { width } = await plotOf(page);
    const viewport = page.viewportSize()!;
    await page.setViewportSize({ ...viewport, width: viewport.width - width % 100 });
    const rows = async (start: number) => {
      await open(page, `start=${start}`, start);
      await page.waitForFunction(
        (odd) =>
          (document.querySelector<HTMLCanvasElement>("canvas.page")!.width - odd) % 100 === 0,
        LEFT + RIGHT,
      );
      return await page.evaluate(([left, top]) => {
        const canvas = document.querySelector<HTMLCanvasElement>("canvas.page")!;
        const wide = canvas.width - left! - 62, high = canvas.height - top! - 36;
        const { data } = canvas.getContext("2d")!.getImageData(left!, top!, wide, high);
        // A character a pixel: as a list of numbers it would take seconds.
        const red = Array.from(
          { length: wide * high },
          (_, i) => String.fromCharCode(data[i * 4]!),
        );
        return { wide, high, red: red.join("") };
      }, [LEFT, TOP]);
    };
    const first = await rows(7), second = await rows(7.3);
    const shift = first.wide * 0.03;
    let inked = 0;
    const differing = new Set<number>();
    // Edges aside, where a line is drawn to samples outside of the page.
    for (let y = 0; y < first.high; y++) {
      for (let x = 3; x < first.wide - shift - 3; x++) {
        const before = first.red.charCodeAt(y * first.wide + x + shift);
        const after = second.red.charCodeAt(y * first.wide + x);
        if (Math.abs(before - after) > 6) differing.add(x + shift);
        if (before < 200) inked++;
      }
    }
    ok(inked > 10_000, `${inked} pixels of traces`);
    // At each half second a sample falls on the edge of two columns, and either may have it.
    const elsewhere = [...differing].filter((x) => {
      const halves = x / first.wide * 20;
      return Math.abs(halves - Math.round(halves)) * first.wide / 20 > 1.5;
    });
    deepStrictEqual(elsewhere, [], "columns that differ");
    await page.setViewportSize(viewport);
  });

  await gate("8: longitudinal, transverse, referential, average, Laplacian", async () => {
    await open(page, "start=0");
    for (
      const [key, name] of [
        ["2", "longitudinal bipolar"],
        ["3", "transverse bipolar"],
        ["4", "average reference"],
        ["5", "Laplacian"],
        ["6", "Cz reference"],
        ["7", "ear reference"],
      ] as const
    ) {
      await press(page, key, "Montage", name);
      const count = (await names(page)).filter((row) => row !== "ECG").length;
      ok(count >= 12, `${name}: ${count} rows`);
    }
  });

  const CHAINS = [
    "Fp1-F7 F7-T7 T7-P7 P7-O1",
    "Fp1-F3 F3-C3 C3-P3 P3-O1",
    "Fz-Cz Cz-Pz",
    "Fp2-F4 F4-C4 C4-P4 P4-O2",
    "Fp2-F8 F8-T8 T8-P8 P8-O2",
  ].map((chain) => chain.split(" "));

  await gate("9: left above right, front above back, chains apart", async () => {
    await press(page, "2", "Montage", "longitudinal bipolar");
    deepStrictEqual((await names(page)).slice(0, 18), CHAINS.flat());
  });

  await gate("10: the derivation is the name of its row, on the page itself", async () => {
    // Ink in the gutter at the height of every row, none between two chains.
    const { height } = await plotOf(page);
    const columns = await Promise.all(
      Array.from({ length: 60 }, (_, i) => inkOf(page, LEFT - 68 + i, TOP, TOP + height)),
    );
    const inked = [...new Set(columns.flat())].sort((a, b) => a - b);
    const labels = inked.filter((y, i) => i === 0 || y - inked[i - 1]! > 6);
    strictEqual(labels.length, (await names(page)).length);
    const gaps = labels.slice(1).map((y, i) => y - labels[i]!);
    const within = gaps[0]!;
    for (const last of [3, 7, 9, 13]) ok(gaps[last]! > within * 1.25, "chains stand apart");
  });

  await gate("12: all 21 electrodes and the heart", async () => {
    await reset();
    const rows = await names(page);
    strictEqual(rows.length, 22);
    for (const electrode of [...ELECTRODES, "ECG"]) {
      ok(rows.some((row) => row.split(/[ -]/).includes(electrode)), `${electrode} in ${rows}`);
    }
    await factIs(page, "Channels", "22 of 22");
  });

  await gate("13: a scale bar of µV, true at this size", async () => {
    const { width, height } = await plotOf(page);
    const bar = async () => {
      const ink = await inkOf(page, LEFT + width + 16, TOP + height / 2, TOP + height);
      return ink.at(-1)! - ink[0]!;
    };
    ok(Math.abs(await bar() - 50 / 7 * PIXELS_PER_MM) <= 2, `${await bar()}`);
    await press(page, "ArrowUp", "Sensitivity", "5 µV/mm");
    ok(Math.abs(await bar() - 50 / 5 * PIXELS_PER_MM) <= 2, `${await bar()}`);
  });

  await gate("14: not calibrated, and it says so", async () => {
    ok(await page.getByRole("button", { name: "µV/mm not calibrated" }).isVisible());
  });

  await gate("16: a gap is blank and named, and no line crosses it", async () => {
    await open(page, `start=15&${UNFILTERED}`, 15);
    await factIs(page, "Gaps on page", "1");
    await page.locator("#page-summary", { hasText: "Not recorded · 10 s" }).waitFor();
    const { width, height } = await plotOf(page);
    const coloured = await page.evaluate(([left, top, wide, high]) => {
      const canvas = document.querySelector<HTMLCanvasElement>("canvas.page")!;
      const count = (x: number, width: number) => {
        const { data } = canvas.getContext("2d")!.getImageData(x, top!, width, high!);
        let found = 0;
        for (let i = 0; i < data.length; i += 4) {
          if (Math.abs(data[i]! - data[i + 2]!) > 60) found++;
        }
        return found;
      };
      const half = Math.floor(wide! / 2);
      return [count(left!, half - 4), count(left! + half + 4, half - 8)];
    }, [LEFT, TOP, width, height]);
    ok(coloured[0]! > 1000, "traces before the gap");
    strictEqual(coloured[1], 0, "left and right have no colour in the gap");
  });

  await gate("17: shading goes on where a page lies wholly inside of an event", async () => {
    await open(page, `start=0&${UNFILTERED}`);
    const paper = async () => {
      const line = await lineOf(page, TOP + 2);
      return Math.max(...line.slice(LEFT + 2, -RIGHT - 2));
    };
    strictEqual(await paper(), 3 * 255);
    await open(page, `start=45&${UNFILTERED}`, 45);
    ok(await paper() < 3 * 255 - 20, "no pixel of the page is unshaded");
    await page.locator("#page-summary", { hasText: "Seizure" }).waitFor();
  });

  await gate("18: what an algorithm found looks different, and says how it was found", async () => {
    await reset();
    const looks = await page.evaluate(() => {
      // Two marks of the same words and length: their bars above the traces, without the position.
      const shown = document.querySelector<HTMLCanvasElement>("canvas.page")!;
      const wide = (shown.width - 92 - 62) / 10;
      return [1, 6].map((second) => {
        const x = Math.round(92 + second * wide);
        const { data } = shown.getContext("2d")!.getImageData(x - 2, 0, 120, 48);
        return Array.from(data.filter((_, i) => i % 4 === 0));
      });
    });
    ok(looks.every((bar) => bar.some((red) => red < 128)), "both have a bar");
    ok(looks[0]!.filter((red, i) => Math.abs(red - looks[1]![i]!) > 64).length > 40);
    // In words, too, in the list of events.
    await page.getByText(/spindle-net 2\.1, score 0\.91/).first().waitFor();
  });

  await gate("20: who, what, when and which zone, on screen and on paper", async () => {
    for (const media of ["screen", "print"] as const) {
      await page.emulateMedia({ media });
      const banner = page.locator(".banner");
      ok(await banner.isVisible(), media);
      const text = await banner.innerText();
      for (const part of ["p-1", "gap", "13:43:04", "zone"]) {
        ok(text.includes(part), `${media} ${part}`);
      }
      ok(await page.locator(".truth").isVisible() && await page.locator("canvas.page").isVisible());
    }
    await page.emulateMedia({ media: "screen" });
  });

  await gate("22: nothing animates a trace, nothing smooths it", async () => {
    // A step goes from one value to the other and never beyond: no spline.
    await page.keyboard.press("PageDown");
    await drawn(page, 10);
    const moving = await page.evaluate(() => {
      const styles = [...document.querySelectorAll(".plot, .plot canvas")].map((one) =>
        getComputedStyle(one)
      );
      return [
        ...document.getAnimations().map(({ id }) => id),
        ...styles.filter(({ animationName }) => animationName !== "none"),
        ...styles.filter(({ transitionDuration }) => parseFloat(transitionDuration) > 0),
      ].length;
    });
    strictEqual(moving, 0);
    const { width } = await plotOf(page);
    const { top, height } = await rowOf(page, "C3");
    const x = LEFT + Math.round(0.2 * width);
    const ink = async (at: number) => await inkOf(page, at, top - height / 4, top + height * 1.2);
    const before = await ink(x - 20), after = await ink(x + 20);
    ok(after[0]! - before.at(-1)! > 8, "a step down: positive");
    for (let at = x - 10; at <= x + 10; at++) {
      const column = await ink(at);
      ok(column[0]! >= before[0]! - 1 && column.at(-1)! <= after.at(-1)! + 1, `column ${at}`);
    }
  });
});
