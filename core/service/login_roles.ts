/**
 * Layer 6. The database logins of the services, in one list.
 *
 * Sole owner of it: what sets passwords, checks a connection or opens a database for tests goes through here.
 * What each may do is in the migrations. Has an entry of its own (`@wavekeep/core/service/login_roles`), so
 * that tools do not load what servers are made of.
 *
 * @module
 */

/** Names of the logins, without `wavekeep_`. */
export const LOGIN_ROLES = [
  "writer",
  "reader",
  "audit",
  "deriver",
  "sequencer",
  "scrubber",
  "eraser",
  "registrar",
  "accounts",
  "auditor",
] as const;
export type LoginRole = (typeof LOGIN_ROLES)[number];

/** The login roles of the services; each may do what its grants say and nothing else. */
export type ServiceRole = `wavekeep_${LoginRole}`;

/** As the database names them. */
export const SERVICE_ROLES: readonly ServiceRole[] = LOGIN_ROLES.map(serviceRole);

export function serviceRole(role: LoginRole): ServiceRole {
  return `wavekeep_${role}`;
}

/**
 * The variable that `deno task migrate` takes the password of a login from.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { passwordVariable } from "@wavekeep/core/service/login_roles";
 *
 * strictEqual(passwordVariable("writer"), "WRITER_PASSWORD");
 * ```
 */
export function passwordVariable(role: LoginRole): string {
  return `${role.toUpperCase()}_PASSWORD`;
}
