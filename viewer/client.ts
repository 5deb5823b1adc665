/**
 * The browser's entry: brings the islands of a page to life.
 *
 * @module
 */

import { type ComponentType, h, hydrate } from "preact";
import { ProofExport } from "./routes/recordings/(_islands)/ProofExport.tsx";
import { TraceViewer } from "./routes/recordings/(_islands)/TraceViewer.tsx";

// deno-lint-ignore no-explicit-any -- each island has properties of its own
const ISLANDS: Readonly<Record<string, ComponentType<any>>> = { ProofExport, TraceViewer };

for (const island of document.querySelectorAll<HTMLElement>("[data-island]")) {
  const component = ISLANDS[island.dataset["island"] ?? ""];
  const root = island.querySelector(".island-root");
  const props = island.querySelector("script[type='application/json']");
  if (component === undefined || root === null || props === null) continue;
  hydrate(h(component, JSON.parse(props.textContent ?? "{}")), root);
}
