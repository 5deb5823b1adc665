/**
 * Layer 6. Who may do what: one table from action to roles.
 *
 * Sole owner of the access rules; row-level security keeps sites apart beneath it, and neither is
 * enough alone. What is not in the table is refused.
 *
 * @module
 */

/**
 * What a credential was made for. An administrator sees no samples and no annotations; a custodian takes
 * whole recordings out and is the only one with identity scope: what a file's own header says of a patient.
 */
export const ROLES = ["device", "clinician", "admin", "custodian"] as const;
export type Role = (typeof ROLES)[number];

/** Every guarded action and the roles that may do it. */
export const ACCESS = {
  "recordings:open": ["device", "admin"],
  "recordings:close": ["device", "admin"],
  "recordings:read": ["clinician", "admin"],
  "recordings:export": ["clinician", "custodian"],
  "originals:export": ["custodian"],
  "segments:open": ["device"],
  "segments:state": ["device", "admin"],
  "chunks:write": ["device"],
  "chunks:read": ["clinician"],
  "samples:read": ["clinician"],
  "statements:write": ["device"],
  "annotations:write": ["device", "clinician"],
  "reviews:write": ["clinician"],
  "annotations:read": ["clinician"],
  "clock-observations:write": ["device"],
  "sources:write": ["device"],
  "live:read": ["clinician"],
  "devices:enrol": ["admin"],
  "devices:read": ["admin"],
  "devices:revoke": ["admin"],
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
