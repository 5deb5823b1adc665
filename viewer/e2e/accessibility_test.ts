/**
 * WCAG 2.2 AA in a real browser: what a program can check on every view, and the walks by keyboard.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Page } from "playwright-core";
import { accessibilityFaults } from "../testing/axe.ts";
import { discontinuousFile } from "../testing/edf_files.ts";
import { drawn, factIs, inBrowser, picture, signIn, streamFile } from "../testing/in_browser.ts";
import { tabFaults } from "../testing/tab_stops.ts";

const RECORDING = "/recordings/p-1/gap?start=0";

async function checkFaults(page: Page, view: string, part?: string): Promise<void> {
  deepStrictEqual(await accessibilityFaults(page, part), [], view);
}

/** Closes a dialog; keys belong to it until it is gone. */
async function leaveDialog(page: Page, name: string): Promise<void> {
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name }).waitFor({ state: "hidden" });
}

/** Opens a dialog by its key, looks at it and leaves it. */
async function checkDialog(page: Page, key: string, name: string): Promise<void> {
  await page.keyboard.press(key);
  await page.getByRole("dialog", { name }).waitFor();
  await checkFaults(page, name);
  await leaveDialog(page, name);
}

inBrowser("accessibility: no fault on any page, in any dialog, in any theme", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, discontinuousFile());
  await page.goto(`${site.url}/sign_in`);
  await checkFaults(page, "sign-in");
  await signIn(reading, "/");
  await checkFaults(page, "list");
  await page.locator(".menu > summary").click();
  await checkFaults(page, "list, menu");
  await page.goto(`${site.url}${RECORDING}`);
  await drawn(page, 0);
  await page.keyboard.press("s");
  await page.locator(".spectrogram", { hasText: "Hz bins" }).waitFor();
  await checkFaults(page, "recording, spectrogram");
  await page.keyboard.press("s");

  for (const theme of ["Dark", "High contrast, light", "High contrast, dark", "Light"]) {
    await page.locator(".topbar .menu > summary").click();
    await page.getByRole("button", { name: theme, exact: true }).click();
    await page.keyboard.press("Escape");
    if (theme !== "Light") await checkFaults(page, `recording, ${theme}`);
    await picture(page, `theme_${theme.replaceAll(/\W+/g, "_")}`);
  }
  await checkDialog(page, "Control+k", "Commands");
  await checkDialog(page, "?", "Keys");
  for (const menu of ["Panels", "View"]) {
    await page.locator(".toolbar .menu > summary", { hasText: menu }).click();
    await checkFaults(page, menu, ".menu[open]");
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("?");
  await page.getByRole("button", { name: "Change keys" }).click();
  await checkFaults(page, "keys, changing");
  await leaveDialog(page, "Keys");
  for (const name of ["Calibrate the screen", "Your own montage"]) {
    await page.locator(".toolbar .menu > summary", { hasText: "View" }).click();
    await page.getByRole("button", { name }).click();
    await page.getByRole("dialog", { name }).waitFor();
    await checkFaults(page, name);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
  }
  // The theme was kept, and comes with the page.
  await page.goto(`${site.url}/`);
  strictEqual(await page.locator("html").getAttribute("data-theme"), "light");

  // What the system asks for reaches the canvas, and forced colours before anything that was chosen.
  await page.goto(`${site.url}${RECORDING}`);
  await drawn(page, 0);
  await page.emulateMedia({ forcedColors: "active", colorScheme: "dark" });
  await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>("canvas.page")!;
    return canvas.getContext("2d")!.getImageData(2, 2, 1, 1).data.slice(0, 3).join() === "0,0,0";
  });
  await page.emulateMedia({ forcedColors: null, colorScheme: null });

  // At 400 % of a screen of 1,920 pixels nothing is lost and nothing lies beside the page.
  await page.setViewportSize({ width: 480, height: 270 });
  await page.goto(`${site.url}${RECORDING}`);
  await drawn(page, 0);
  await checkFaults(page, "recording, 400 %");
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  ok(width <= 480, `the page is ${width} pixels wide`);
  ok(await page.getByRole("checkbox", { name: /FP1-F7/ }).isVisible());
});

inBrowser(
  "keyboard: Tab reaches every control, shows where it is, and leaves the plot",
  async (reading) => {
    const { page, site } = reading;
    await streamFile(site, discontinuousFile());
    await signIn(reading, RECORDING);
    await drawn(page, 0);
    deepStrictEqual(await tabFaults(page), []);

    // The first stop leads past everything to the traces, and Tab leads out of them again.
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.getByRole("link", { name: "Skip to the traces" }).focus();
    await page.keyboard.press("Enter");
    strictEqual(await page.evaluate(() => document.activeElement?.id), "traces");
    await page.keyboard.press("Tab");
    ok(await page.evaluate(() => document.activeElement?.id !== "traces"));
  },
);

inBrowser("keyboard: dialogs and menus keep the focus, Escape gives it back", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, discontinuousFile());
  await signIn(reading, RECORDING);
  await drawn(page, 0);
  const focusIn = (selector: string) =>
    page.evaluate((within) => document.activeElement?.closest(within) !== null, selector);
  const isNowhere = () => page.evaluate(() => document.activeElement === document.body);
  for (const [opener, name] of [["Keys", "Keys"], ["All commands", "Commands"]] as const) {
    const button = page.locator(".toolbar").getByRole("button", { name: opener, exact: true });
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name }).waitFor();
    for (let i = 0; i < 5; i++) {
      // Between the last control and the first one it is on the dialog's own frame, or on the browser's: then the
      // page has none, and says body.
      ok(await focusIn("dialog") || await isNowhere(), `${name}: Tab ${i} left the dialog`);
      await page.keyboard.press(i % 2 === 0 ? "Tab" : "Shift+Tab");
    }
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name }).waitFor({ state: "hidden" });
    ok(await button.evaluate((element) => element === document.activeElement), `${name}: focus`);
  }
  const summary = page.locator(".toolbar .menu > summary", { hasText: "View" });
  await summary.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  ok(await focusIn(".menu-body"));
  await page.keyboard.press("Escape");
  ok(await summary.evaluate((element) => element === document.activeElement));
  strictEqual(await page.locator(".menu[open]").count(), 0);
});

inBrowser(
  "keys: palette, own keys, letters off, and a pace that does not flash",
  async (reading) => {
    const { page, site } = reading;
    await streamFile(site, discontinuousFile());
    await signIn(reading, RECORDING);
    await drawn(page, 0);

    // The palette runs what it found.
    await page.keyboard.press("Control+k");
    await page.keyboard.type("page of 30");
    await page.getByRole("option", { name: "Page of 30 s", selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await drawn(page, 0, 30);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("go to");
    await page.keyboard.press("Enter");
    strictEqual(await page.evaluate(() => document.activeElement?.id), "go-to");
    await page.keyboard.press("Escape");
    strictEqual(await page.evaluate(() => document.activeElement?.id), "traces");

    // A key that is taken is said to be, then moved; it works, and is still there after a reload.
    await page.keyboard.press("?");
    await page.getByRole("button", { name: "Change keys" }).click();
    await page.getByRole("button", { name: "Change the key of Start of the recording" }).click();
    await page.keyboard.press("F5");
    await page.getByRole("alert").filter({ hasText: "belongs to the browser" }).waitFor();
    await page.keyboard.press("k");
    await page.getByRole("alert").filter({ hasText: "is now: Notch" }).waitFor();
    await page.getByRole("button", { name: "Use it here" }).click();
    await leaveDialog(page, "Keys");
    await page.keyboard.press("[");
    await drawn(page, 0, 20);
    await page.keyboard.press("[");
    await page.keyboard.press("[");
    await drawn(page, 0, 10);
    await page.keyboard.press("PageDown");
    await drawn(page, 10);
    // The address follows when the page has stood still.
    await page.waitForURL(/start=10/);
    await page.reload();
    await drawn(page, 10);
    await page.keyboard.press("k");
    await drawn(page, 0);
    await factIs(page, "Notch", "off");

    // Without letters, letters do nothing and named keys do what they did.
    await page.keyboard.press("?");
    await page.getByLabel("Single letters, digits and signs are keys").uncheck();
    await leaveDialog(page, "Keys");
    await page.keyboard.press("PageDown");
    await drawn(page, 10);
    await page.keyboard.press("k");
    await page.keyboard.press("2");
    await factIs(page, "Montage", "as recorded");
    await page.keyboard.press("Home");
    await drawn(page, 0);

    // A key that is kept down turns pages no faster than three times a second, whatever it says.
    const turned = await page.evaluate(async () => {
      let turns = 0;
      const canvas = document.querySelector<HTMLCanvasElement>("canvas.page")!;
      const seen = new Set<string>();
      for (let i = 0; i < 20; i++) {
        const before = performance.now();
        document.dispatchEvent(
          new KeyboardEvent("keydown", { key: i % 2 === 0 ? "PageDown" : "PageUp", repeat: true }),
        );
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const now = `${canvas.dataset["start"]}`;
        if (!seen.has(now)) turns++;
        seen.clear();
        seen.add(now);
        if (performance.now() - before > 300) break;
      }
      return turns;
    });
    ok(turned <= 3, `${turned} turns`);
  },
);
