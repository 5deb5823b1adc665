/**
 * Layer 6. Who may do what: one table from action to roles.
 *
 * Sole owner of the access rules; row-level security keeps sites apart beneath it, and neither is
 * enough alone. What is not in the table is refused. Which route asks for which action is in
 * `route_table.ts`.
 *
 * @module
 */

/**
 * What people are, one role a person and site. A technologist sets recordings up and watches them; a clinician
 * reads them and takes them out; a researcher sees de-identified views alone; an auditor reads who did what; an
 * administrator sees to people, devices and keys. Neither of the last two sees health data. A custodian takes
 * whole recordings out and is the only one with identity scope: what a file's own header says of a patient.
 */
export const PERSON_ROLES = [
  "technologist",
  "clinician",
  "researcher",
  "auditor",
  "admin",
  "custodian",
] as const;

/**
 * What a credential was made for: machines, then people. A relay sends what devices gave it, in their names
 * (decision 0033). A monitor reads counts and times, of no one in particular.
 */
export const ROLES = ["device", "relay", "monitor", ...PERSON_ROLES] as const;
export type Role = (typeof ROLES)[number];

/** Every guarded action and the roles that may do it. */
export const ACCESS = {
  "recordings:open": ["device", "relay", "technologist"],
  "recordings:close": ["device", "relay", "technologist"],
  "recordings:read": ["technologist", "clinician"],
  "recordings:export": ["clinician", "custodian"],
  "originals:export": ["custodian"],
  "segments:open": ["device", "relay"],
  "segments:state": ["device", "relay", "technologist"],
  "chunks:write": ["device", "relay"],
  "chunks:read": ["technologist", "clinician"],
  "samples:read": ["technologist", "clinician"],
  "statements:write": ["device", "relay"],
  "annotations:write": ["device", "relay", "technologist", "clinician"],
  "reviews:write": ["technologist", "clinician"],
  "viewings:write": ["technologist", "clinician"],
  // Who had what on screen, and nothing of it.
  "viewings:read": ["technologist", "clinician", "auditor"],
  "annotations:read": ["technologist", "clinician"],
  "clock-observations:write": ["device", "relay"],
  "sources:write": ["device", "relay"],
  "live:read": ["technologist", "clinician"],
  "devices:enrol": ["admin"],
  "devices:read": ["relay", "admin"],
  "devices:revoke": ["admin"],
  "metrics:read": ["admin", "monitor"],
  "audit:read": ["auditor"],
  "research:read": ["researcher"],
  "research:export": ["researcher", "custodian"],
  "consents:read": ["technologist", "clinician", "admin", "custodian"],
  "consents:write": ["admin", "custodian"],
  "me:manage": PERSON_ROLES,
  "break-glass:open": ["technologist", "clinician"],
  "people:read": ["auditor", "admin"],
  "people:write": ["admin"],
  "api-keys:read": ["admin"],
  "api-keys:write": ["admin"],
  "site:read": ["admin"],
} as const satisfies Record<string, readonly Role[]>;

/** A guarded action. */
export type Action = keyof typeof ACCESS;

/** Who asks, as the verified token says. */
export interface Principal {
  /** Name of the person, device or service within its site; opaque. */
  readonly subject: string;
  readonly siteId: number;
  readonly role: Role;
  /** Unique id of the token, for the audit trail. */
  readonly tokenId: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  /** When the token was made, in seconds since 1970; absent in tokens that devices sign. */
  readonly issuedAt?: number;
  /** The person's session that the token is of; absent in tokens of machines. */
  readonly sessionId?: string;
  /** Nothing but these, and of these what the role may do; absent: all that the role may do. */
  readonly scopes?: readonly Action[];
  /** The device key that signed the token, hexadecimal; absent when the site's issuer did. */
  readonly keyId?: string;
}

/** Whether a role may do an action. */
export function mayDo(role: Role, action: Action): boolean {
  return (ACCESS[action] as readonly Role[]).includes(role);
}

/**
 * Whether this credential may do an action: its role may, and its scopes do not leave it out.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { permits, type Principal } from "@wavekeep/core/service";
 *
 * const key: Principal = {
 *   ...{ subject: "archive", siteId: 1, tokenId: "t-000001", expiresAt: 0 },
 *   role: "clinician",
 *   scopes: ["recordings:read", "devices:revoke"],
 * };
 * strictEqual(permits(key, "recordings:read"), true);
 * strictEqual(permits(key, "samples:read"), false, "not in its scopes");
 * strictEqual(permits(key, "devices:revoke"), false, "not its role's");
 * ```
 */
export function permits(
  { role, scopes }: Pick<Principal, "role" | "scopes">,
  action: Action,
): boolean {
  return mayDo(role, action) && (scopes === undefined || scopes.includes(action));
}
