/**
 * Every key that the help shows, pressed in a real browser: each does what the help says of it.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Page } from "playwright-core";
import { chordText } from "../signal/chord.ts";
import { COMMANDS } from "../signal/keymap.ts";
import { discontinuousFile } from "../testing/edf_files.ts";
import {
  countIs,
  drawn,
  factHas,
  inBrowser,
  signIn,
  streamFile,
  textHas,
} from "../testing/in_browser.ts";

type Check = (page: Page) => Promise<void>;

/** Commands whose keys a recording that is complete does not have: `follow_test.ts` presses them. */
const ELSEWHERE = new Set(["follow"]);

const at = (start: number, seconds = 10): Check => (page) => drawn(page, start, seconds);

/** The truth strip says so. */
const says = (name: string, text: string): Check => (page) => factHas(page, name, text);

const montage = (name: string) => says("Montage", name);

const dialog = (name: string): Check => async (page) => {
  await page.getByRole("dialog", { name }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name }).waitFor({ state: "hidden" });
};

const focus = (id: string): Check => async (page) =>
  strictEqual(await page.evaluate(() => document.activeElement?.id), id);

const there = (selector: string, state: "visible" | "detached"): Check => (page) =>
  page.locator(selector).waitFor({ state });

/** Chord and what is true after it, from the start of the recording. An empty chord only waits. */
const WALK: readonly (readonly [string, Check])[] = [
  ["PageDown", at(10)],
  ["PageUp", at(0)],
  ["Space", at(10)],
  ["Shift+Space", at(0)],
  ["Shift+ArrowRight", at(10)],
  ["Shift+ArrowLeft", at(0)],
  ["ArrowRight", at(1)],
  ["ArrowLeft", at(0)],
  ["End", at(20)],
  ["Home", at(0)],
  ["N", at(9)],
  ["End", at(20)],
  ["P", at(9)],
  ["Home", at(0)],
  ["Shift+N", at(9)],
  ["End", at(20)],
  ["Shift+P", at(9)],
  ["Home", at(0)],
  ["ArrowUp", says("Sensitivity", "5 µV/mm")],
  ["ArrowDown", says("Sensitivity", "7 µV/mm")],
  ["+", says("Sensitivity", "5 µV/mm")],
  ["-", says("Sensitivity", "7 µV/mm")],
  ["=", says("Sensitivity", "5 µV/mm")],
  ["-", says("Sensitivity", "7 µV/mm")],
  ["]", at(0, 15)],
  ["[", at(0, 10)],
  ["2", montage("longitudinal bipolar")],
  ["3", montage("transverse bipolar")],
  ["4", montage("average reference")],
  ["5", montage("Laplacian")],
  ["6", montage("Cz reference")],
  ["7", montage("ear reference")],
  ["8", montage("own montage")],
  ["F1", montage("as recorded")],
  ["F2", montage("longitudinal bipolar")],
  ["F4", montage("average reference")],
  ["F8", montage("own montage")],
  ["1", montage("as recorded")],
  ["L", says("Low filter", "1 Hz")],
  ["H", says("High filter", "100 Hz")],
  ["K", says("Notch", "50 Hz")],
  ["S", there(".spectrogram", "visible")],
  ["S", there(".spectrogram", "detached")],
  ["C", there("[role=slider][aria-label='Caliper 1']", "visible")],
  ["Escape", there("[role=slider][aria-label='Caliper 1']", "detached")],
  ["G", focus("go-to")],
  ["Escape", focus("traces")],
  ["?", dialog("Keys")],
  ["Ctrl+K", dialog("Commands")],
];

/** Second keys of the same commands, which need the first event to be where it was. */
const AGAIN: readonly (readonly [string, Check])[] = [
  [".", at(9)],
  ["End", at(20)],
  [",", at(9)],
];

/** The event in focus is so, as the list says. */
const event = (state: "accepted" | "rejected" | "unreviewed"): Check => (page) =>
  page.locator(`.event-row.${state}[aria-selected=true]`).waitFor();

const count = (selector: string, many: number): Check => (page) =>
  countIs(page.locator(selector), many);

/** Events, marks and panels, from the start of the recording again. */
const PANELS: readonly (readonly [string, Check])[] = [
  ["N", at(9)],
  ["Y", event("accepted")],
  ["Ctrl+Z", event("unreviewed")],
  ["Ctrl+Shift+Z", event("accepted")],
  ["Ctrl+Z", event("unreviewed")],
  ["Ctrl+Y", event("accepted")],
  ["X", event("rejected")],
  ["Escape", count(".event-row[aria-selected=true]", 0)],
  ["Home", at(0)],
  // More than two pages away is a jump.
  ["[", at(0, 5)],
  ["End", at(25, 5)],
  ["Backspace", at(0, 5)],
  ["Shift+Backspace", at(25, 5)],
  ["Home", at(0, 5)],
  ["]", at(0)],
  ["A", focus("mark-label")],
  ["Escape", count("#mark-label", 0)],
  ["B", count(".clips li", 1)],
  ["PageDown", at(10)],
  ["V", at(0)],
  ["E", at(0, 30)],
  ["E", at(0)],
  ["R", there(".reading-bar", "visible")],
  ["Escape", (page) => textHas(page.locator(".reading-bar"), "Paused")],
  ["Escape", there(".reading-bar", "detached")],
  ["W", there(".second", "visible")],
  ["W", there(".second", "detached")],
  ["O", there("#day-strip", "visible")],
  ["O", (page) => page.locator("#day-strip").waitFor({ state: "hidden" })],
  ["Shift+W", dialog("Seizure wall")],
  ["Shift+V", dialog("Prove this page")],
  ["Ctrl+P", dialog("Print or PDF")],
];

/** As the driver calls it. */
const pressed = (chord: string) =>
  chord.replace("Ctrl+", "Control+").replace(/^[A-Z]$/, (letter) => letter.toLowerCase());

inBrowser("keys: each one of the help does what the help says (2a)", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, discontinuousFile());
  await signIn(reading, "/recordings/p-1/gap?start=0");
  await drawn(page, 0);
  for (const [chord, check] of WALK) {
    await page.keyboard.press(pressed(chord));
    await check(page).catch((cause) => {
      throw new Error(`${chord} does not do what the help says`, { cause });
    });
  }
  // Held, a key shows the montage before; let go, this one.
  await page.keyboard.down("\\");
  await says("Montage", "own montage, peeking")(page);
  await page.keyboard.up("\\");
  await montage("as recorded")(page);
  // Rows above and below have keys where not all rows are shown.
  await page.getByText("View", { exact: true }).click();
  await page.getByLabel("Rows on the page").selectOption("4");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  for (const [chord, check] of AGAIN) {
    await page.keyboard.press(pressed(chord));
    await check(page);
  }
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowUp");

  await page.goto(`${site.url}/recordings/p-1/gap?start=0`);
  await drawn(page, 0);
  // Over the gap, once this page has been looked at.
  await page.locator("button.seen", { hasText: "13:43:24" }).waitFor();
  await page.keyboard.press("u");
  await drawn(page, 20);
  await page.keyboard.press("Home");
  await drawn(page, 0);
  for (const [chord, check] of PANELS) {
    await page.keyboard.press(pressed(chord));
    await check(page).catch((cause) => {
      throw new Error(`${chord} does not do what the help says`, { cause });
    });
  }

  await page.keyboard.press("?");
  const shown = new Set(await page.locator(".keys kbd").allInnerTexts());
  const tried = new Set([...WALK, ...AGAIN, ...PANELS].map(([chord]) => chord));
  for (const chord of ["\\", "Shift+ArrowDown", "Shift+ArrowUp", "U"]) tried.add(chord);
  const untried = COMMANDS.filter(({ action }) => !ELSEWHERE.has(action))
    .flatMap(({ keys }) => keys).filter((key) => shown.has(chordText(key)) && !tried.has(key));
  deepStrictEqual(untried, []);
  // What nobody answers, and what a complete recording cannot do, is not in the help.
  ok(!shown.has("F"), "a complete recording is not followed");
});
