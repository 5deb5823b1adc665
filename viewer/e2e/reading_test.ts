/**
 * Finding one's way through days, in a real browser: going to a time.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { accessibilityFaults } from "../testing/axe.ts";
import { bipolarFile, discontinuousFile } from "../testing/edf_files.ts";
import { drawn, inBrowser, picture, signIn, streamFile } from "../testing/in_browser.ts";

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
    await page.keyboard.press("e");
  },
);
