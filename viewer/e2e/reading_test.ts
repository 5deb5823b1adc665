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
