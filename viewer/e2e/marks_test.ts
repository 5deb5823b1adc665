/**
 * Events and annotations in a browser: annotate, undo, review, fail and retry; by mouse and by keys alone.
 *
 * Gates 17 and 18 of the must-have conventions: shading inside a long event, detections told from people.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Page } from "playwright-core";
import { discontinuousFile } from "../testing/edf_files.ts";
import {
  columnOf,
  countIs,
  drawn,
  eventually,
  inBrowser,
  picture,
  type Reading,
  signIn,
  streamFile,
  textHas,
} from "../testing/in_browser.ts";

/** Detections of an algorithm: a spike every two seconds and one seizure. */
function detections(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    annotation_id: (i + 1).toString(16).padStart(32, "0"),
    kind: i === 0 ? "seizure" : "note",
    source: "algorithm",
    anchor: { coordinate: "recording", onset: String(1 + 2 * i) },
    duration: i === 0 ? "3" : null,
    text: "",
    channels: i === 1 ? [0] : [],
    term: i === 0 ? "seizure-electrographic" : "spike",
    detection: { method: "spike-net", version: "2.1", score: 0.9 - i / 100 },
  }));
}

async function open(reading: Reading, count = 0): Promise<void> {
  const { site, page } = reading;
  await streamFile(site, discontinuousFile());
  if (count > 0) {
    const answer = await site.pipeline.post(
      "/patients/p-1/recordings/gap/annotations",
      { annotations: detections(count) },
    );
    ok(answer.ok, await answer.text());
  }
  await signIn(reading, "/recordings/p-1/gap?start=0");
  await drawn(page, 0);
}

const rows = (page: Page) => page.locator(".event-row");
const saved = (page: Page) =>
  page.locator(".saving", { hasText: /^Saved \d\d:\d\d:\d\d$/ }).waitFor();
const said = (page: Page, text: string | RegExp) =>
  page.locator("#marks-said p", { hasText: text }).last().waitFor({ state: "attached" });

/** Canvas x of a second of the page that is on screen. */
async function xOf(page: Page, seconds: number): Promise<number> {
  const box = (await page.locator("canvas.page").boundingBox())!;
  return box.x + 92 + seconds / 10 * (box.width - 92 - 62);
}

inBrowser("annotate by mouse: drag, quick code, edges, reload, undo and redo", async (reading) => {
  const { page } = reading;
  await open(reading);
  await page.mouse.move(await xOf(page, 2), 400);
  await page.mouse.down();
  await page.mouse.move(await xOf(page, 3), 410);
  await page.mouse.move(await xOf(page, 5), 420);
  await page.mouse.up();
  await page.locator(".selection-bar", { hasText: "13:43:06" }).waitFor();
  await page.getByRole("group", { name: "Selection" }).getByRole("button", { name: "Annotate" })
    .click();
  await page.getByRole("dialog", { name: "New mark" }).waitFor();
  await picture(page, "marks_editor");
  await page.keyboard.press("1");
  await page.getByLabel("Text").fill("left temporal");
  await page.getByRole("button", { name: "Save" }).click();
  await saved(page);
  await textHas(rows(page).first(), "Seizure: left temporal");

  // The end of the mark in focus, two seconds further.
  await page.mouse.move(await xOf(page, 5), 400);
  await page.mouse.down();
  await page.mouse.move(await xOf(page, 6), 400);
  await page.mouse.move(await xOf(page, 7), 400);
  await page.mouse.up();
  await said(page, /now lasts (4\.9\d?|5(\.0\d)?) s/);
  await saved(page);
  await picture(page, "marks_saved");
  await page.reload();
  await drawn(page, 0);
  await eventually(async () => {
    const length = Number(/(\d[\d.]*) s\n/.exec(await rows(page).first().innerText())?.[1]);
    ok(Math.abs(length - 5) < 0.1, "what was saved is there again");
  });

  // Another mark, by two clicks; withdrawn; and everything back and forth.
  await page.mouse.click(await xOf(page, 8), 400);
  await page.getByRole("button", { name: "Other edge" }).click();
  await page.mouse.click(await xOf(page, 9), 400);
  await page.keyboard.press("a");
  await page.keyboard.type("artif");
  await page.keyboard.press("Enter");
  await page.locator(".focused", { hasText: "Artifact" }).waitFor();
  await countIs(rows(page), 3);
  await page.getByRole("button", { name: "Withdraw" }).click();
  await said(page, /Artifact .* withdrawn/);
  await countIs(rows(page), 2);
  await page.keyboard.press("Control+z");
  await said(page, /^Undone: Artifact 13:43:1\d.* withdrawn/);
  await countIs(rows(page), 3);
  await page.keyboard.press("Control+z");
  await said(page, /^Undone: Artifact .* made/);
  await countIs(rows(page), 2);
  await page.keyboard.press("Control+Shift+z");
  await countIs(rows(page), 3);
  await saved(page);
  await page.reload();
  await drawn(page, 0);
  await countIs(rows(page), 3);
});

inBrowser("annotate by keys alone: label by typing, edges by arrows, versions", async (reading) => {
  const { page } = reading;
  await open(reading);
  await page.locator(".plot").focus();
  await page.keyboard.press("a");
  await page.getByRole("dialog", { name: "New mark" }).waitFor();
  await page.keyboard.type("foc aw");
  await page.getByRole("option", { name: "Focal aware seizure", selected: true }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.type("déjà vu");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Shift+ArrowUp");
  await page.keyboard.press("Shift+ArrowUp");
  await page.keyboard.press("Enter");
  await page.locator(".focused", { hasText: "Focal aware seizure: déjà vu · 2 s" }).waitFor();
  // The middle, a step back.
  await textHas(page.locator(".focused"), "13:43:08.9");
  await saved(page);
  strictEqual(await page.evaluate(() => document.activeElement?.id), "traces");

  await page.keyboard.press("Escape");
  // Its focus is given up with the next rendering; the list would start from it.
  await page.locator(".focused").waitFor({ state: "detached" });
  await page.getByRole("listbox", { name: "Events" }).focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Change" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Change mark" }).getByLabel("Text").fill("olfactory aura");
  await page.keyboard.press("Enter");
  await saved(page);
  await page.getByRole("button", { name: "Versions" }).focus();
  await page.keyboard.press("Enter");
  const versions = page.locator(".versions li");
  await versions.nth(1).waitFor();
  const [newest = "", first = ""] = await versions.allInnerTexts();
  ok(newest.includes("2. Focal aware seizure: olfactory aura"), newest);
  ok(first.includes("1. Focal aware seizure: déjà vu"), first);
  ok(first.includes("clinician-1"), first);
});

inBrowser(
  "review: N, Y, X go through detections; progress, filter, another reader",
  async (reading) => {
    const { page, site } = reading;
    await open(reading, 4);
    await countIs(rows(page), 5);
    const progress = (text: string) =>
      page.locator("#review-progress", { hasText: text }).waitFor();
    await progress("0 of 5 reviewed");
    await picture(page, "marks_unreviewed");
    await page.locator(".plot").focus();
    await page.keyboard.press("n");
    await said(
      page,
      "Electrographic seizure 13:43:05, 3 s, spike-net 2.1, score 0.90, not reviewed.",
    );
    await page.keyboard.press("y");
    await said(page, /accepted\. Next: Spike 13:43:07/);
    await progress("1 of 5 reviewed");
    await page.keyboard.press("x");
    await said(page, /rejected\. Next: Spike 13:43:09/);
    await progress("2 of 5 reviewed");
    await saved(page);
    await picture(page, "marks_reviewed");
    await page.keyboard.press("Control+z");
    await said(page, /^Undone: Spike 13:43:07 rejected/);
    await progress("1 of 5 reviewed");
    await page.keyboard.press("Shift+p");
    await page.locator(".focused", { hasText: "13:43:07" }).waitFor();

    await page.getByLabel("Filter events by words").fill("spike-net spike");
    await countIs(rows(page), 4);
    await page.getByLabel("Filter events by words").fill("");
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.locator(".filter-fields select").last().selectOption("accepted");
    await countIs(rows(page), 1);
    await page.getByRole("button", { name: "Clear" }).click();

    // What somebody else marks comes by itself.
    const answer = await site.pipeline.post("/patients/p-1/recordings/gap/annotations", {
      annotations: [{ ...detections(1)[0], annotation_id: "f".repeat(32), text: "from elsewhere" }],
    });
    ok(answer.ok);
    await page.locator(".event-row", { hasText: "from elsewhere" }).waitFor();
  },
);

inBrowser("what is not saved is kept, said and sent again", async (reading) => {
  const { page, complaints } = reading;
  await open(reading);
  await page.route("**/api/ingest/**", (route) => route.abort());
  await page.locator(".plot").focus();
  await page.keyboard.press("a");
  await page.keyboard.press("3");
  await page.keyboard.press("Enter");
  const notice = page.locator("#marks-unsaved");
  await notice.filter({ hasText: "1 change is not saved, kept here" }).waitFor();
  await textHas(rows(page).first(), "not saved");
  strictEqual(
    await page.evaluate(() => {
      const leaving = new Event("beforeunload", { cancelable: true });
      globalThis.dispatchEvent(leaving);
      return leaving.defaultPrevented;
    }),
    true,
  );
  await picture(page, "marks_unsaved");
  await page.unroute("**/api/ingest/**");
  await notice.getByRole("button", { name: "Try again" }).click();
  await saved(page);
  await page.reload();
  await drawn(page, 0);
  await textHas(rows(page).first(), "Spike");
  // The refused request is the browser's own console line.
  deepStrictEqual(complaints.filter((text) => !text.includes("Failed to load resource")), []);
  complaints.length = 0;
});

inBrowser(
  "gates 17 and 18: a page inside a long event is shaded, framed and labelled",
  async (reading) => {
    const { page } = reading;
    await open(reading, 2);
    await picture(page, "marks_sources");
    await page.keyboard.press("End");
    await drawn(page, 20);
    await picture(page, "marks_inside");
    const width = await page.evaluate(() =>
      document.querySelector<HTMLCanvasElement>("canvas.page")!.width
    );
    for (const x of [100, Math.round(width / 2), width - 70]) {
      const column = await columnOf(page, x);
      ok(!column.slice(54, -40).includes("255,255,255"), `no pixel of column ${x} is unshaded`);
      // The frame below the lanes: solid, and dark enough on white and on the shading.
      strictEqual(column[49], "154,91,0");
    }
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "marks_inside_dark");
  },
);
