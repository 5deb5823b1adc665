/**
 * Makes the islands of a page live: each takes over the HTML that the server made of it.
 *
 * @module
 */

import { type ComponentType, h, hydrate } from "preact";

// deno-lint-ignore no-explicit-any -- each island has properties of its own
type Islands = Readonly<Record<string, ComponentType<any>>>;

/** Hydrates every island of the page that is among `islands`, by its name. */
export function bringToLife(islands: Islands): void {
  for (const island of document.querySelectorAll<HTMLElement>("[data-island]")) {
    const component = islands[island.dataset["island"] ?? ""];
    const root = island.querySelector(".island-root");
    const props = island.querySelector("script[type='application/json']");
    if (component === undefined || root === null || props === null) continue;
    hydrate(h(component, JSON.parse(props.textContent ?? "{}")), root);
  }
}
