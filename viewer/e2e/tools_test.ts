/** Calipers, settings of rows, and what the truth strip says of them, in a real browser. @module */

import { deepStrictEqual, ok } from "node:assert/strict";
import { bipolarFile, changingFiles } from "../testing/edf_files.ts";
import {
  columnOf,
  countIs,
  drawn,
  eventually,
  factIs,
  inBrowser,
  picture,
  signIn,
  streamFile,
} from "../testing/in_browser.ts";

inBrowser("calipers: peaks by key, a click, values of samples (µV, s, Hz)", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, bipolarFile());
  await signIn(reading, "/recordings/p-1/gap?start=0&low=off&high=off");
  await drawn(page, 0);
  await page.keyboard.press("c");
  const first = page.getByRole("slider", { name: "Caliper 1" });
  const second = page.getByRole("slider", { name: "Caliper 2" });
  // The keys go to the cursor once it has the focus.
  await page.locator('[data-cursor="0"]:focus').waitFor();
  const text = async (which: typeof first) => await which.getAttribute("aria-valuetext") ?? "";
  const says = (which: typeof first, part: string) =>
    eventually(async () => ok((await text(which)).includes(part), await text(which)));
  const measured = page.locator("#calipers-text");

  // FP1-F7 is 200 + 100 sin(2π · 3 t) digital steps of 0.39 µV: a peak at 1/12 s, a trough at 1/4 s;
  // rounded to steps each is two or three samples wide, and its first one is taken.
  await page.keyboard.press("Home");
  await page.keyboard.press("Control+ArrowRight");
  await says(first, "Cursor 1 on FP1-F7 at 13:43:04.078, 117.4 µV");
  await second.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Control+ArrowRight");
  await page.keyboard.press("Control+ArrowRight");
  await says(second, "Cursor 2 on FP1-F7 at 13:43:04.246, 39.3 µV");
  await measured.filter({ hasText: "FP1-F7: Δt 0.168 s · 5.95 Hz · Δ −78.1 µV" }).waitFor({
    state: "attached",
  });
  // One sample, a tenth of a second; the page itself stays where it is.
  await page.keyboard.press("ArrowRight");
  await says(second, "13:43:04.250");
  await page.keyboard.press("Shift+ArrowRight");
  await says(second, "13:43:04.352");
  await page.keyboard.press("ArrowDown");
  await says(second, "Cursor 2 on FP1-F3");
  await drawn(page, 0);
  await picture(page, "calipers");

  // A click takes the nearer cursor, and the row that it was made on.
  const box = (await page.locator("canvas.page").boundingBox())!;
  await page.mouse.click(box.x + 92 + 900, box.y + 80);
  const secondsOf = async () =>
    Number(/on FP1-F7 at 13:43:(\d\d\.\d+)/.exec(await text(second))?.[1]) - 4;
  const width = box.width - 92 - 62;
  const isAt = (pixels: number) =>
    eventually(async () => {
      const seconds = await secondsOf();
      ok(Math.abs(seconds / 10 - pixels / width) < 1 / 256, `${seconds}`);
    });
  await isAt(900);
  // Dragged by the hand.
  await page.mouse.move(box.x + 92 + 900, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(box.x + 92 + 500, box.y + 80, { steps: 4 });
  await page.mouse.up();
  await isAt(500);
  // Under the pointer the same row is read out.
  await factIs(page, "Pointer", /^FP1-F7 · 13:43:/);

  // They come along with the page, and go away with Escape.
  await page.keyboard.press("PageDown");
  await drawn(page, 10);
  await says(first, "13:43:14");
  await page.keyboard.press("Escape");
  await countIs(page.getByRole("slider", { name: /Caliper/ }), 0);
});

inBrowser("rows: size, filters, bad electrodes; polarity, clipping, mm/s", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, bipolarFile());
  await signIn(reading, "/recordings/p-1/gap?start=0&montage=average");
  await drawn(page, 0);
  await factIs(page, "Montage", /average of 4/);
  // The label on the page opens the row's menu; so does the button in the list.
  await page.mouse.click(40, (await page.locator("canvas.page").boundingBox())!.y + 80);
  const menu = page.getByRole("dialog", { name: "Settings of Fp1-avg" });
  await menu.waitFor();
  await menu.getByLabel("Size").selectOption("2");
  await menu.getByLabel("Low filter").selectOption("0.1");
  await menu.getByLabel("Fp1").check();
  await factIs(page, "Own settings", "1 row, at the labels");
  await factIs(page, "Bad", "Fp1");
  await page.locator(".channel-name.bad", { hasText: "Fp1-avg" }).waitFor();
  await page.keyboard.press("Escape");
  await menu.waitFor({ state: "detached" });
  // F7 hangs on Fp1 alone: what is left is F3 and C3.
  await factIs(page, "Montage", /average of 2/);
  deepStrictEqual(await page.locator(".channel-name").allInnerTexts(), [
    "Fp1-avg",
    "F3-avg",
    "C3-avg",
    "ECG",
  ]);
  await page.getByRole("button", { name: "Settings of ECG" }).click();
  await page.getByRole("dialog", { name: "Settings of ECG" })
    .getByText("default: 0.3 Hz (TC 0.53 s)").waitFor({ state: "attached" });
  await page.keyboard.press("Escape");

  await page.getByText("View", { exact: true }).click();
  await page.getByLabel("Positive up").check();
  await page.getByLabel("Clip traces").check();
  await page.keyboard.press("Escape");
  await page.getByLabel("Page length").selectOption("30 mm/s");
  await factIs(page, "Polarity", "positive up");
  await factIs(page, "Traces", "clipped at rows");
  await page.locator(".truth dd", { hasText: /^30\.\d mm\/s, \d+(\.\d)? s$/ }).waitFor();
  await picture(page, "rows");

  // All of it is in the address, and a page opened by it is the same.
  await page.waitForURL(/bad=Fp1.*polarity=positive-up&clip=on&speed=30&rows=Fp1-avg/);
  await page.reload();
  await page.locator(".truth dd", { hasText: /^30\.\d mm\/s/ }).waitFor();
  await factIs(page, "Own settings", "1 row, at the labels");
  await factIs(page, "Polarity", "positive up");
  await factIs(page, "Bad", "Fp1");
});

inBrowser(
  "events below the traces, what is not EEG, another channel set; a card",
  async (reading) => {
    const { page, site } = reading;
    await streamFile(site, ...changingFiles());
    const mark = (id: string, kind: string, onset: string, duration: string | null, text = "") => ({
      "annotation_id": id.repeat(32),
      kind,
      source: "human",
      anchor: { coordinate: "recording", onset },
      duration,
      text,
    });
    const answer = await site.pipeline.post("/patients/p-1/recordings/gap/annotations", {
      annotations: [
        mark("a", "button", "1.5", null),
        mark("b", "technologist", "3", "1.2", "eyes closed"),
        mark("c", "impedance", "5", "1.5"),
        mark("d", "device-status", "9", null, "electrode off: F7"),
      ],
    });
    ok(answer.ok, await answer.text());
    await signIn(reading, "/recordings/p-1/gap?start=0&page=15");
    await drawn(page, 0, 15);
    await picture(page, "events_and_borders");
    deepStrictEqual(await page.locator(".channel-name").allInnerTexts(), [
      "FP1-F7",
      "F7-T7",
      "FP2-F8",
      "ECG",
    ]);
    // The border of the segments is a dark line through all rows; before it the second has no ECG.
    const box = (await page.locator("canvas.page").boundingBox())!;
    const width = box.width - 92 - 62;
    const border = await columnOf(page, 92 + Math.round(8 / 15 * width));
    const dark = border.filter((colour) => colour.split(",").every((part) => Number(part) < 70));
    ok(dark.length > border.length / 3, `${dark.length} of ${border.length} are dark`);

    // The picture of a card grows with the slider, and what was printed as not calibrated is.
    await page.getByRole("button", { name: "µV/mm not calibrated" }).click();
    const dialog = page.getByRole("dialog", { name: "Calibrate the screen" });
    const slider = dialog.getByLabel("Width of the card");
    await slider.focus();
    await page.keyboard.press("Home");
    const size = async () => (await dialog.locator(".card-picture").boundingBox())!;
    ok(Math.abs((await size()).width - 140) < 3);
    for (let i = 0; i < 3; i++) await page.keyboard.press("PageUp");
    const card = await size();
    ok(Math.abs(card.width / card.height - 85.6 / 53.98) < 0.02);
    await dialog.getByLabel("The line is").fill("96");
    await dialog.getByText("5.00 pixels a millimetre").waitFor();
    await picture(page, "calibration");
    await dialog.getByRole("button", { name: "Use this size" }).click();
    await page.locator(".truth button", { hasText: /^calibrated$/ }).waitFor();
  },
);
