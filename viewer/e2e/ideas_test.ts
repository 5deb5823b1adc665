/** Evidence link, what was seen, in a real browser. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { accessibilityFaults } from "../testing/axe.ts";
import { discontinuousFile } from "../testing/edf_files.ts";
import { drawn, fact, inBrowser, picture, signIn, streamFile } from "../testing/in_browser.ts";

inBrowser(
  "evidence link: the same page again; other data and versions are said",
  async (reading) => {
    const { page, site } = reading;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await streamFile(site, discontinuousFile());
    await signIn(reading, "/recordings/p-1/gap?start=3&low=1&polarity=positive-up");
    await drawn(page, 3);
    await page.keyboard.press("ArrowUp");
    await page.locator(".channels li", { hasText: "SpO2" }).getByRole("checkbox").uncheck();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("exactly this page");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Link to exactly this page" });
    await dialog.getByText("Copied", { exact: true }).waitFor();
    const link = await dialog.getByLabel("Link").inputValue();
    strictEqual(await page.evaluate(() => navigator.clipboard.readText()), link);
    const url = new URL(link);
    strictEqual(url.pathname, "/recordings/p-1/gap");
    strictEqual(url.searchParams.get("uvmm"), "5");
    deepStrictEqual(await accessibilityFaults(page, "dialog[open]"), []);

    await page.goto(link);
    await drawn(page, 3);
    const notice = page.locator(".notice.evidence");
    await notice.getByText("This is exactly the page of the link").waitFor();
    strictEqual(await fact(page, "Sensitivity"), "5 µV/mm");
    strictEqual(await fact(page, "Polarity"), "positive up");
    strictEqual(
      await page.locator(".channels li", { hasText: "SpO2" }).getByRole("checkbox").isChecked(),
      false,
    );
    await picture(page, "evidence");

    url.searchParams.set("sha256", "0".repeat(64));
    url.searchParams.set("build", "1".repeat(16));
    url.searchParams.set("low", "0.7");
    await page.goto(url.href);
    await page.getByRole("alert").getByText("not exactly that of the link").waitFor();
    const text = await notice.innerText();
    for (const words of ["samples are others", "another version: 1111", "“low” was 0.7"]) {
      ok(text.includes(words), text);
    }
    await picture(page, "evidence_differs");
    await notice.getByRole("button", { name: "Close" }).click();
    await notice.waitFor({ state: "detached" });
  },
);

inBrowser("seen-map: what was on screen counts, the rest is one key away", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, discontinuousFile());
  await signIn(reading, "/recordings/p-1/gap?start=0&page=5");
  await drawn(page, 0, 5);
  const seen = page.locator("button.seen");
  // Twenty seconds were recorded, and ten lie between them.
  await seen.getByText("25 % seen").waitFor();
  ok((await seen.innerText()).includes("not yet 13:43:09 – 13:43:14"), await seen.innerText());
  await page.keyboard.press("u");
  await drawn(page, 5, 5);
  await seen.getByText("50 % seen").waitFor();
  await picture(page, "seen");
  // Over the gap.
  await page.keyboard.press("u");
  await drawn(page, 20, 5);
  await seen.getByText("75 % seen").waitFor();
  await page.keyboard.press("u");
  await drawn(page, 25, 5);
  await seen.getByText("100 % seen").waitFor();
  strictEqual(await seen.isDisabled(), true);
});
