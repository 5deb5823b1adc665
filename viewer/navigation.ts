/**
 * Places of the viewer that have a link on every page, and who may open them.
 *
 * A link is shown to whom its page would answer, and to nobody else; the page asks again (`requireAction`).
 *
 * @module
 */

import { type Action, mayDo, type Role } from "@wavekeep/core/service";

/** A place. */
export interface Place {
  readonly path: string;
  readonly text: string;
  readonly action: Action;
}

/** In the order of the bar. The first one somebody may open is where they begin. */
export const PLACES: readonly Place[] = [
  { path: "/", text: "Recordings", action: "recordings:read" },
  { path: "/research", text: "For research", action: "research:read" },
  { path: "/audit/patients", text: "Who saw a patient", action: "audit:read" },
  { path: "/audit", text: "Events", action: "audit:read" },
  { path: "/admin/people", text: "People", action: "people:read" },
  { path: "/admin/devices", text: "Devices", action: "devices:enrol" },
  { path: "/admin/api-keys", text: "API keys", action: "api-keys:read" },
  { path: "/admin/consent", text: "Consent", action: "consents:write" },
  { path: "/admin/site", text: "Site", action: "site:read" },
];

/** The places that a role may open. */
export function placesOf(role: Role): readonly Place[] {
  return PLACES.filter(({ action }) => mayDo(role, action));
}

/** Where a role begins, or undefined when nothing is open to it. */
export function homeOf(role: Role): Place | undefined {
  return placesOf(role)[0];
}

/** The place that a page belongs to: the longest path that it lies under. */
export function placeOf(pathname: string, places: readonly Place[]): Place | undefined {
  return places
    .filter(({ path }) => pathname === path || (path !== "/" && pathname.startsWith(`${path}/`)))
    .toSorted((a, b) => b.path.length - a.path.length)[0];
}
