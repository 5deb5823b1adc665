/**
 * The keyboard's way through a page: every control, each with a ring, none below something else.
 *
 * @module
 */

import type { Page } from "playwright-core";

/** What is wrong with the way of Tab through a page: what it never reaches, and where nobody sees where it is. */
export async function tabFaults(page: Page): Promise<string[]> {
  const controls = await numberControls(page);
  const reached = new Set<string>();
  const faults: string[] = [];
  for (let i = 0; i < controls.length + 2; i++) {
    await page.keyboard.press("Tab");
    const stop = await stopOf(page);
    if (stop.number === undefined) continue;
    const name = controls[Number(stop.number)];
    reached.add(stop.number);
    if (!stop.isRinged) faults.push(`${name}: no ring`);
    if (!stop.isInView) faults.push(`${name}: hidden`);
  }
  const missed = controls.filter((_, index) => !reached.has(String(index)));
  return [...missed.map((name) => `${name}: not reached`), ...faults];
}

/** What can have the focus and be seen, in the order of the page, each by a number of its own. */
function numberControls(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>(
      "a[href], button, input, select, textarea, summary, [tabindex='0']",
    )].filter((element) =>
      !element.matches(":disabled, [type=hidden]") && element.checkVisibility()
    ).map((element, index) => {
      element.dataset["stop"] = String(index);
      const text = element.getAttribute("aria-label") ?? element.innerText ?? "";
      return `${element.tagName} ${text.slice(0, 30)}`;
    })
  );
}

interface Stop {
  readonly number: string | undefined;
  readonly isRinged: boolean;
  readonly isInView: boolean;
}

/** Where the focus is: with a ring, and not below something else. */
function stopOf(page: Page): Promise<Stop> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const box = element.getBoundingClientRect();
    const ringed = element.closest<HTMLElement>(".strip") ?? element;
    const { outlineStyle, outlineWidth } = getComputedStyle(ringed);
    const above = document.elementFromPoint(
      Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1),
      Math.min(Math.max(box.top + Math.min(box.height / 2, 40), 0), innerHeight - 1),
    );
    return {
      number: element.dataset["stop"],
      isRinged: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
      isInView: box.bottom > 0 && box.top < innerHeight &&
        (above === element || element.contains(above) || above?.closest("label, .strip") ===
            element.closest("label, .strip")),
    };
  });
}
