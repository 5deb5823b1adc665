/** The seizure wall in a real browser: aligned, by keyboard, in words, on paper. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { accessibilityFaults } from "../testing/axe.ts";
import { gatesFile } from "../testing/edf_files.ts";
import {
  countIs,
  drawn,
  inBrowser,
  picture,
  signIn,
  streamFile,
  textHas,
} from "../testing/in_browser.ts";

inBrowser("seizure wall: onsets in one column, keys, verdicts, gaps, paper", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, gatesFile());
  const mark = (id: string, onset: string, more = {}) => ({
    "annotation_id": id.repeat(32),
    kind: "seizure",
    source: "algorithm",
    detection: { method: "line-length", version: "2", score: 0.8 },
    anchor: { coordinate: "recording", onset },
    duration: "6",
    text: "",
    ...more,
  });
  const posted = await site.pipeline.post("/patients/p-1/recordings/gap/annotations", {
    annotations: [
      mark("a", "3"),
      mark("b", "9.5"),
      mark("c", "44"),
      mark("d", "55"),
      mark("e", "4.5", { kind: "note", source: "human", detection: null, term: "spike" }),
    ],
  });
  ok(posted.ok, await posted.text());
  await page.addInitScript(() => {
    globalThis.print = () => document.documentElement.setAttribute("data-printed", "yes");
  });
  await signIn(reading, "/recordings/p-1/gap?start=0&montage=longitudinal");
  await drawn(page, 0);
  await page.keyboard.press("Shift+W");
  const wall = page.getByRole("dialog", { name: "Seizure wall" });
  const pictures = wall.locator("canvas[data-drawn]");
  // Four of the algorithm, one of the file.
  await countIs(pictures, 5);
  await textHas(wall.locator(".wall-facts"), "All seizures: 5 events · 5 not reviewed");
  await textHas(wall.locator(".wall-facts"), "montage longitudinal bipolar");

  // The onset is one column of every tile: also of the one whose left edge is before the recording.
  const lines = await pictures.evaluateAll((canvases) =>
    canvases.map((element) => {
      const canvas = element as HTMLCanvasElement;
      const surface = canvas.getContext("2d")!;
      const { data } = surface.getImageData(0, 8, canvas.width, 1);
      const columns = Array.from({ length: canvas.width }, (_, x) => x);
      return columns.filter((x) =>
        data[4 * x] === 0x9a && data[4 * x + 1] === 0x5b && data[4 * x + 2] === 0
      );
    })
  );
  ok(lines[0]!.length >= 1 && lines[0]!.length <= 4, `${lines[0]}`);
  for (const line of lines) deepStrictEqual(line, lines[0]);
  // What cannot be judged is said of each tile, beside what is seen there.
  const tile = (id: string) => wall.locator(`[data-mark="${id.repeat(32)}"]`);
  await textHas(tile("a"), "Begins before the recording");
  await textHas(tile("b"), "Not recorded 4.5 s");
  deepStrictEqual(await accessibilityFaults(page, "dialog[open]"), []);
  await picture(page, "wall");

  // Arrows move, one stop for Tab, a verdict stays where it is said.
  const focused = () =>
    page.evaluate(() => (document.activeElement as HTMLElement).dataset["mark"]);
  await page.keyboard.press("Home");
  strictEqual(await focused(), "a".repeat(32));
  await page.keyboard.press("ArrowRight");
  strictEqual(await focused(), "b".repeat(32));
  strictEqual(await wall.locator('.wall-tile[tabindex="0"]').count(), 1);
  await page.keyboard.press("x");
  await textHas(tile("b"), "rejected");
  await page.keyboard.press("End");
  await page.keyboard.press("y");
  await textHas(tile("d"), "accepted");
  await textHas(wall.locator(".wall-facts"), "1 accepted, 1 rejected, 3 not reviewed");
  await wall.getByLabel("Order").selectOption("review");
  strictEqual(await wall.locator(".wall-tile").last().getAttribute("data-mark"), "b".repeat(32));

  // Every mark of a name.
  await wall.getByLabel("What hangs on the wall").selectOption("name:Spike");
  await countIs(pictures, 1);
  await wall.getByLabel("What hangs on the wall").selectOption("seizures");
  await countIs(pictures, 5);

  // On paper: the wall, with whose it is, and nothing else.
  await wall.getByRole("button", { name: "Print" }).click();
  await page.locator("html[data-printed]").waitFor({ state: "attached" });
  await page.emulateMedia({ media: "print" });
  ok(await pictures.first().isVisible() && await wall.locator(".wall-facts").isVisible());
  for (const other of [".toolbar", ".truth", ".wall-controls", "#traces"]) {
    ok(!await page.locator(other).isVisible(), other);
  }
  await picture(page, "wall_print");
  await page.emulateMedia({ media: "screen" });

  // Enter opens the page of a tile.
  await tile("c").focus();
  await page.keyboard.press("Enter");
  await drawn(page, 43);
  await wall.waitFor({ state: "hidden" });
  await page.locator(".event-row[aria-selected=true]", { hasText: "+0:00:44" }).waitFor();
});
