/**
 * People, sessions, passkeys and API keys that requests of the matrix name, and keys that it asks with.
 *
 * @module
 */

import { ACCESS, type Action, permits, type Role } from "@wavekeep/core/service";
import type { ApiKeyKind } from "@wavekeep/core/wire";
import { keyOrder } from "./accounts_recipes.ts";
import { askAccounts, takeSeat } from "./seats.ts";
import type { TargetName } from "./targets.ts";
import type { World } from "./world.ts";
import type { SiteName } from "./ground.ts";

/** Ids by the name of the parameter. */
export type Ids = Readonly<Record<string, string>>;

/** An API key's id, and its text. */
export interface MadeKey {
  readonly apiKeyId: string;
  readonly text: string;
}

const IDS = new WeakMap<World, Map<TargetName, Promise<Ids>>>();
const KEYS = new WeakMap<World, Map<string, Promise<MadeKey>>>();

/** What there is of a target at accounts; made once. */
export function idsOf(world: World, target: TargetName): Promise<Ids> {
  return once(IDS, world, target, async () => {
    if (target === "unknown") {
      const names = ["person_id", "session_id", "passkey_id", "api_key_id"];
      return Object.fromEntries(names.map((name) => [name, crypto.randomUUID()]));
    }
    const site = target === "elsewhere" ? "other" : "own";
    const seat = await takeSeat(world.ground, "technologist", site);
    const { apiKeyId } = await makeKey(world, { role: "clinician", kind: "bearer", site });
    return {
      "person_id": seat.personId,
      "session_id": seat.sessionId,
      "passkey_id": crypto.randomUUID(),
      "api_key_id": apiKeyId,
    };
  });
}

/** What a key is made for. */
export interface KeyOrder {
  readonly role: Role;
  readonly kind: ApiKeyKind;
  /** Default: all that a key of the role may have. */
  readonly scopes?: readonly Action[];
  readonly site?: SiteName;
}

/** All that a key of a role may do. */
export function scopesOf(role: Role): Action[] {
  return (Object.keys(ACCESS) as Action[])
    .filter((action) => permits({ role }, action) && !/^(me|break-glass):/.test(action));
}

/** A key as an administrator makes it; the same each time. */
export function apiKeyOf(world: World, order: KeyOrder): Promise<MadeKey> {
  return once(KEYS, world, JSON.stringify(order), () => makeKey(world, order));
}

/** A new one. */
export async function makeKey(
  world: World,
  { role, kind, scopes = scopesOf(role), site = "own" }: KeyOrder,
): Promise<MadeKey> {
  const admin = await world.seatOf("admin", site);
  const body = {
    ...keyOrder(role, kind, scopes),
    ...(site === "own" ? {} : { name: "archive-elsewhere" }),
  };
  const made = await askAccounts(world.ground, "/api-keys", body, await admin.token()) as {
    key: { api_key_id: string };
    secret: string;
  };
  return { apiKeyId: made.key.api_key_id, text: made.secret };
}

function once<Name, Value>(
  all: WeakMap<World, Map<Name, Promise<Value>>>,
  world: World,
  name: Name,
  make: () => Promise<Value>,
): Promise<Value> {
  const made = all.get(world) ?? new Map<Name, Promise<Value>>();
  all.set(world, made);
  const value = made.get(name) ?? make();
  made.set(name, value);
  return value;
}
