/**
 * The bar of places below the top bar: only those that the reader may open, and none where there is one.
 *
 * @module
 */

import type { Role } from "@wavekeep/core/service";
import type { VNode } from "preact";
import { placeOf, placesOf } from "../navigation.ts";

/** The bar. */
export function Navigation({ role, path }: { role: Role; path: string }): VNode | null {
  const places = placesOf(role);
  if (places.length < 2) return null;
  const here = placeOf(new URL(path, "http://viewer").pathname, places);
  return (
    <nav class="places" aria-label="Places">
      <ul>
        {places.map((place) => (
          <li key={place.path}>
            <a href={place.path} {...(place === here ? { "aria-current": "page" as const } : {})}>
              {place.text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
