/**
 * Every file route, by its path below `routes/`.
 *
 * Written down, so that imports are known before the viewer runs; a test compares it with the folder.
 *
 * @module
 */

import type { RouteModule } from "../page.tsx";
import * as admin from "./admin/index.ts";
import * as apiKeys from "./admin/api-keys.tsx";
import * as revokeApiKey from "./admin/api-keys/[key]/revoke.tsx";
import * as consent from "./admin/consent.tsx";
import * as devices from "./admin/devices.tsx";
import * as revokeDeviceKey from "./admin/devices/[key]/revoke.tsx";
import * as people from "./admin/people.tsx";
import * as person from "./admin/people/[person].tsx";
import * as site from "./admin/site.tsx";
import * as accessesCsv from "./audit/accesses.csv.ts";
import * as eventsCsv from "./audit/events.csv.ts";
import * as events from "./audit/index.tsx";
import * as patients from "./audit/patients.tsx";
import * as account from "./account.tsx";
import * as breakGlass from "./break_glass.ts";
import * as enrol from "./enrol.tsx";
import * as index from "./index.tsx";
import * as link from "./link.tsx";
import * as linkFacts from "./link/facts.ts";
import * as lock from "./lock.ts";
import * as locked from "./locked.tsx";
import * as unlockOptions from "./locked/options.ts";
import * as model from "./recordings/[patient]/[recording]/model.ts";
import * as proof from "./recordings/[patient]/[recording]/proof.tsx";
import * as viewings from "./recordings/[patient]/[recording]/viewings.tsx";
import * as recording from "./recordings/[patient]/[recording].tsx";
import * as research from "./research/index.tsx";
import * as researchRecording from "./research/[patient]/[recording].tsx";
import * as seat from "./seat.ts";
import * as signIn from "./sign_in.tsx";
import * as signInCode from "./sign_in/code.tsx";
import * as signInPasskey from "./sign_in/passkey.ts";
import * as passkeyOptions from "./sign_in/passkey/options.ts";
import * as signOut from "./sign_out.ts";
import * as theme from "./theme.ts";

/** File to module. */
export const ROUTES: Readonly<Record<string, RouteModule>> = {
  "admin/api-keys.tsx": apiKeys,
  "admin/api-keys/[key]/revoke.tsx": revokeApiKey,
  "admin/consent.tsx": consent,
  "admin/devices.tsx": devices,
  "admin/devices/[key]/revoke.tsx": revokeDeviceKey,
  "admin/index.ts": admin,
  "admin/people.tsx": people,
  "admin/people/[person].tsx": person,
  "admin/site.tsx": site,
  "audit/accesses.csv.ts": accessesCsv,
  "audit/events.csv.ts": eventsCsv,
  "audit/index.tsx": events,
  "audit/patients.tsx": patients,
  "account.tsx": account,
  "break_glass.ts": breakGlass,
  "enrol.tsx": enrol,
  "index.tsx": index,
  "link.tsx": link,
  "link/facts.ts": linkFacts,
  "lock.ts": lock,
  "locked.tsx": locked,
  "locked/options.ts": unlockOptions,
  "recordings/[patient]/[recording].tsx": recording,
  "recordings/[patient]/[recording]/model.ts": model,
  "recordings/[patient]/[recording]/proof.tsx": proof,
  "recordings/[patient]/[recording]/viewings.tsx": viewings,
  "research/index.tsx": research,
  "research/[patient]/[recording].tsx": researchRecording,
  "seat.ts": seat,
  "sign_in.tsx": signIn,
  "sign_in/code.tsx": signInCode,
  "sign_in/passkey.ts": signInPasskey,
  "sign_in/passkey/options.ts": passkeyOptions,
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
