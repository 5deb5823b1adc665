/**
 * Layer 6. Who may do what: one table from action to roles.
 *
 * Sole owner of the access rules; row-level security keeps sites apart beneath it, and neither is
 * enough alone. What is not in the table is refused.
 *
 * @module
 */

/**
 * What a credential was made for. A relay sends what devices gave it, in their names (decision 0033). An administrator sees no samples and no annotations; a custodian takes
 * whole recordings out and is the only one with identity scope: what a file's own header says of a patient. A
 * monitor reads counts and times, of no one in particular.
 */
export const ROLES = ["device", "relay", "clinician", "admin", "custodian", "monitor"] as const;
export type Role = (typeof ROLES)[number];

/** Every guarded action and the roles that may do it. */
export const ACCESS = {
  "recordings:open": ["device", "relay", "admin"],
  "recordings:close": ["device", "relay", "admin"],
  "recordings:read": ["clinician", "admin"],
  "recordings:export": ["clinician", "custodian"],
  "originals:export": ["custodian"],
  "segments:open": ["device", "relay"],
  "segments:state": ["device", "relay", "admin"],
  "chunks:write": ["device", "relay"],
  "chunks:read": ["clinician"],
  "samples:read": ["clinician"],
  "statements:write": ["device", "relay"],
  "annotations:write": ["device", "relay", "clinician"],
  "reviews:write": ["clinician"],
  "annotations:read": ["clinician"],
  "clock-observations:write": ["device", "relay"],
  "sources:write": ["device", "relay"],
  "live:read": ["clinician"],
  "devices:enrol": ["admin"],
  "devices:read": ["relay", "admin"],
  "devices:revoke": ["admin"],
  "metrics:read": ["admin", "monitor"],
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
  /** The device key that signed the token, hexadecimal; absent when the site's issuer did. */
  readonly keyId?: string;
}

/** Whether a role may do an action. */
export function mayDo(role: Role, action: Action): boolean {
  return (ACCESS[action] as readonly Role[]).includes(role);
}
