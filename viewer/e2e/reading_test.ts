/**
 * Finding one's way through days, in a real browser: going to a time.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { accessibilityFaults } from "../testing/axe.ts";
import { bipolarFile, discontinuousFile } from "../testing/edf_files.ts";
import {
  countIs,
  drawn,
  factIs,
  inBrowser,
  picture,
  signIn,
  streamFile,
  textHas,
} from "../testing/in_browser.ts";

inBrowser("go to: says what it understood before it goes, and what to write", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, discontinuousFile());
  await signIn(reading, "/recordings/p-1/gap?start=0");
  await drawn(page, 0);
  await page.keyboard.press("g");
  const answer = page.locator("#go-to-answer");
  await page.keyboard.type("13:43:12");
  await answer.getByText("Goes to day 1, 2076-11-06 13:43:12, +0:00:08").waitFor();
  await picture(page, "go_to");
  await drawn(page, 0);
  await page.keyboard.press("Enter");
  await drawn(page, 8);
  strictEqual(await page.evaluate(() => document.activeElement?.id), "traces");
  await page.keyboard.press("g");
  await page.keyboard.type("day 1 13:43:19");
  await answer.getByText("nothing recorded then").waitFor();
  await page.keyboard.press("Enter");
  await drawn(page, 15);
  await page.keyboard.press("g");
  await page.keyboard.type("day 3 10:00");
  await page.keyboard.press("Enter");
  await answer.getByText("Outside of the recording, which is from day 1, 2076-11-06 13:43:04")
    .waitFor();
  strictEqual(await page.locator("#go-to").getAttribute("aria-invalid"), "true");
  await drawn(page, 15);
  deepStrictEqual(await accessibilityFaults(page, ".go-to"), []);
  await page.locator("#go-to").fill("+0:00:02");
  await page.keyboard.press("Enter");
  await drawn(page, 2);
});

inBrowser("nothing of a recording stays in the browser: settings only", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, bipolarFile());
  await signIn(reading, "/recordings/p-1/gap?start=0");
  await drawn(page, 0);
  for (const key of ["PageDown", "2", "ArrowUp", "s", "c"]) await page.keyboard.press(key);
  await drawn(page, 10);
  const kept = await page.evaluate(async () => ({
    local: Object.entries(localStorage),
    session: Object.entries(sessionStorage),
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    files: await Array.fromAsync(
      (await navigator.storage.getDirectory() as unknown as {
        keys(): AsyncIterable<string>;
      }).keys(),
    ),
  }));
  const { local, ...others } = kept;
  deepStrictEqual(others, { session: [], databases: [], caches: [], workers: 0, files: [] });
  for (const [name, value] of local) {
    // A switch, a number or keys of commands: no name of a patient, no text, nothing long.
    ok(/^wavekeep\.[a-z_]+$/.test(name), name);
    ok(value.length < 200 && !/p-1|gap|F7|FP1/i.test(value), `${name}: ${value}`);
  }
  // Answers with health data say that nobody may keep them.
  const response = await page.request.get(
    `${site.url}/api/query/recordings?patient_id=p-1`,
  );
  ok((response.headers()["cache-control"] ?? "").includes("no-store"));
});

inBrowser(
  "autoplay turns pages, pauses on Space, stops at events; epochs of 30 s",
  async (reading) => {
    const { page, site } = reading;
    await streamFile(site, discontinuousFile());
    await signIn(reading, "/recordings/p-1/gap?start=0&page=5");
    await drawn(page, 0, 5);
    await page.keyboard.press("r");
    const bar = page.getByRole("group", { name: "Autoplay" });
    await bar.getByText("Playing. Space or Esc pauses.").waitFor();
    await bar.getByLabel("Seconds a page").selectOption("0.4");
    // The seizure that begins at 10 s is one that nobody has reviewed.
    await bar.getByText("Stopped at an event to review: Seizure").waitFor();
    await drawn(page, 10, 5);
    deepStrictEqual(await accessibilityFaults(page, ".reading-bar"), []);
    await picture(page, "autoplay");
    await bar.getByLabel("Seconds a page").selectOption("10");
    await page.locator("#traces").focus();
    await page.keyboard.press("r");
    await bar.getByText("Playing.").waitFor();
    await page.keyboard.press("Space");
    await bar.getByText("Paused.", { exact: true }).waitFor();
    await drawn(page, 10, 5);
    await page.keyboard.press("r");
    await page.keyboard.press("End");
    await bar.getByText("Paused: you moved the page.").waitFor();
    await page.keyboard.press("Escape");
    await bar.waitFor({ state: "detached" });

    await page.keyboard.press("e");
    await drawn(page, 0, 30);
    await page.keyboard.press("PageDown");
    // The seizure makes the recording last to its end: epoch 2 begins at 30 s.
    await picture(page, "epochs");
    await page.keyboard.press("g");
    await page.keyboard.type("epoch 1");
    await page.locator("#go-to-answer").getByText("Goes to epoch 1, day 1").waitFor();
    await page.keyboard.press("Enter");
    await drawn(page, 0, 30);
    // Left, pages are as long as they were.
    await page.keyboard.press("e");
    await drawn(page, 0, 5);
  },
);

inBrowser(
  "clips are kept as marks; a page and its clips are printed true to scale",
  async (reading) => {
    const { page, site } = reading;
    await streamFile(site, bipolarFile());
    await page.addInitScript(() => {
      globalThis.print = () => document.documentElement.setAttribute("data-printed", "yes");
    });
    await signIn(reading, "/recordings/p-1/gap?start=5&montage=average");
    await drawn(page, 5);
    const panel = page.locator(".clips");
    await panel.locator("summary").click();
    await panel.getByLabel("Comment of the clip").fill("F7 leads");
    await panel.getByRole("button", { name: "Keep page" }).click();
    const clip = panel.locator("li", { hasText: "F7 leads" });
    await clip.waitFor();
    await page.locator("#traces").focus();
    for (const key of ["Home", "1", "ArrowUp", "]"]) await page.keyboard.press(key);
    await drawn(page, 0, 15);
    await picture(page, "clips");
    deepStrictEqual(await accessibilityFaults(page, ".clips"), []);
    // One key opens it as it was looked at.
    await page.keyboard.press("v");
    await drawn(page, 5);
    await factIs(page, "Sensitivity", "7 µV/mm");
    await factIs(page, "Montage", /^average/);
    // It is a mark of the recording, and no event: there after a reload, and in what is exported.
    await page.waitForFunction(async () => {
      const answer = await fetch("/api/query/patients/p-1/recordings/gap/marks.csv");
      return (await answer.text()).includes("Clip: F7 leads [uv=7");
    });
    await page.keyboard.press("n");
    await page.waitForURL(/start=5&page=10&/);
    const events = page.locator(".marks");
    strictEqual(await events.locator(".event-row").count(), 0);
    await events.getByRole("button", { name: "Filter", exact: true }).click();
    await events.getByLabel("Kind").selectOption("clip");
    await events.locator(".event-row", { hasText: "Clip: F7 leads" }).waitFor();
    await page.reload();
    await drawn(page, 5);
    await panel.locator("summary").click();
    await clip.waitFor();

    await page.keyboard.press("Control+p");
    const dialog = page.getByRole("dialog", { name: "Print or PDF" });
    await dialog.getByLabel("What to print").selectOption("both");
    await dialog.getByLabel("Timebase").selectOption("30");
    deepStrictEqual(await accessibilityFaults(page, "dialog[open]"), []);
    await dialog.getByRole("button", { name: "Print", exact: true }).click();
    await page.locator("html[data-printed]").waitFor({ state: "attached" });
    // Ten seconds of 30 mm are two sheets of A4; the page and its clip make four.
    await countIs(page.locator(".sheet"), 4);
    await page.emulateMedia({ media: "print" });
    const millimetres = 96 / 25.4;
    const sheet = page.locator(".sheet").first();
    const ruler = (await sheet.locator(".ruler-mm").boundingBox())!;
    ok(Math.abs(ruler.width / millimetres - 50) < 0.1);
    const shown = await sheet.locator("img").evaluate((image: HTMLImageElement) => ({
      dots: image.naturalWidth,
      mm: image.getBoundingClientRect().width / (96 / 25.4),
    }));
    // 300 dots an inch on paper, whatever the screen: what is drawn in dots is true in mm.
    ok(Math.abs(shown.dots / shown.mm * 25.4 - 300) < 0.5, JSON.stringify(shown));
    const text = await sheet.innerText();
    for (
      const part of ["Patient p-1", "Recording gap", "time zone unknown", "30.0 mm/s", "7 µV/mm"]
    ) {
      ok(text.includes(part), `${part}: ${text}`);
    }
    ok(text.includes("Page day 1, 2076-11-06 13:43:09, +0:00:05"), text);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    const pages = new TextDecoder("latin1").decode(pdf).match(/\/Type\s*\/Page\b/g)?.length;
    strictEqual(pages, 4);
    const folder = Deno.env.get("WAVEKEEP_SCREENSHOTS");
    if (folder !== undefined) await Deno.writeFile(`${folder}/print.pdf`, pdf);
    await page.emulateMedia({ media: "screen" });
    await page.locator("#traces").focus();
    await page.keyboard.press("b");
    await panel.locator(".count", { hasText: "2" }).waitFor();
  },
);

inBrowser(
  "two pages side by side: linked or free, in two montages, each with its clock",
  async (reading) => {
    const { page, site } = reading;
    await streamFile(site, bipolarFile());
    await signIn(reading, "/recordings/p-1/gap?start=0&page=5");
    await drawn(page, 0, 5);
    await page.keyboard.press("w");
    const second = page.getByRole("region", { name: "Second page" });
    const at = (start: number, place: typeof second = second) =>
      place.locator(`canvas[data-start="${start}"][data-seconds="5"]`).waitFor();
    await at(0);
    // Both at one height, or nobody can compare them.
    const edges = (place: typeof second) =>
      place.locator("canvas.page").evaluate((canvas) => {
        const { top, bottom } = canvas.getBoundingClientRect();
        return [top, bottom];
      });
    deepStrictEqual(await edges(second), await edges(page.locator(".stage")));
    await second.getByLabel("Montage of the second page").selectOption("average");
    await second.locator(".second-facts", { hasText: "average reference" }).waitFor();
    await factIs(page, "Montage", /^as recorded/);
    await second.getByLabel("Go to time").fill("13:43:14");
    await page.keyboard.press("Enter");
    await at(10);
    // Linked: both move by a page.
    await page.keyboard.press("PageDown");
    await at(5, page.locator("#traces"));
    await at(15);
    await textHas(second.locator(".second-facts"), "13:43:19, +0:00:15 · 5 s");
    await picture(page, "two_pages");
    deepStrictEqual(await accessibilityFaults(page, ".second"), []);
    await second.getByRole("button", { name: "Linked" }).click();
    await page.locator("#traces").focus();
    await page.keyboard.press("PageUp");
    await at(0, page.locator("#traces"));
    await at(15);
    await second.getByRole("button", { name: "Exchange" }).click();
    await at(15, page.locator("#traces"));
    await at(0);
    await second.getByRole("button", { name: "Close" }).click();
    await second.waitFor({ state: "detached" });
  },
);
