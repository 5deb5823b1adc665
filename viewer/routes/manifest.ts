/**
 * Every file route, by its path below `routes/`.
 *
 * Written down, so that imports are known before the viewer runs; a test compares it with the folder.
 *
 * @module
 */

import type { RouteModule } from "../page.tsx";
import * as index from "./index.tsx";
import * as model from "./recordings/[patient]/[recording]/model.ts";
import * as proof from "./recordings/[patient]/[recording]/proof.tsx";
import * as recording from "./recordings/[patient]/[recording].tsx";
import * as signIn from "./sign_in.tsx";
import * as signOut from "./sign_out.ts";
import * as theme from "./theme.ts";

/** File to module. */
export const ROUTES: Readonly<Record<string, RouteModule>> = {
  "index.tsx": index,
  "recordings/[patient]/[recording].tsx": recording,
  "recordings/[patient]/[recording]/model.ts": model,
  "recordings/[patient]/[recording]/proof.tsx": proof,
  "sign_in.tsx": signIn,
  "sign_out.ts": signOut,
  "theme.ts": theme,
};

/**
 * The pattern a file answers: `recordings/[id].tsx` is `/recordings/:id`.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 *
 * const pattern = "recordings/[id].tsx".replace(/\.tsx?$/, "").replace(/\[(\w+)\]/g, ":$1");
 * strictEqual(pattern, "recordings/:id");
 * ```
 */
export function routePattern(file: string): string {
  const path = file.replace(/\.tsx?$/, "").replaceAll(/\[(\w+)\]/g, ":$1");
  return path === "index" ? "/" : `/${path.replace(/\/index$/, "")}`;
}
