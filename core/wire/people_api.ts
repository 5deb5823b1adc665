/**
 * Layer 5. People and the site they work at, as the accounts service tells an administrator.
 *
 * Staff only: nothing here is of a patient.
 *
 * @module
 */

import * as z from "zod";

/** Roles that a person may have; one at a site. */
export const PERSON_ROLES = [
  "technologist",
  "clinician",
  "researcher",
  "auditor",
  "admin",
  "custodian",
] as const;
export const PersonRole = z.enum(PERSON_ROLES);
export type PersonRole = z.infer<typeof PersonRole>;

/** What a person signs in with: case does not count, so there is only one. */
export const Login = z.string().regex(/^[a-z0-9._@-]{1,64}$/);

/** What colleagues read. Control characters would write into logs and terminals. */
export const DisplayName = z.string().trim().regex(/^[^\p{Cc}\p{Cf}]{1,100}$/u);

/** `invited`: has nothing to sign in with yet. */
export const PERSON_STATES = ["invited", "active", "disabled"] as const;
export const PersonState = z.enum(PERSON_STATES);
export type PersonState = z.infer<typeof PersonState>;

/** A person of the site. */
export const Person = z.object({
  person_id: z.uuid(),
  login: Login,
  display_name: z.string(),
  role: PersonRole,
  state: PersonState,
  passkeys: z.int(),
  has_password: z.boolean(),
  has_totp: z.boolean(),
  /** That are left. */
  recovery_codes: z.int(),
  /** RFC 3339. */
  created_at: z.string(),
  last_sign_in_at: z.string().nullable(),
});
export type Person = z.infer<typeof Person>;

/** `GET /people?…`: whom to list, by sign-in name. */
export const PeopleQuery = z.strictObject({
  /** Part of a sign-in name or a display name; case does not count. */
  search: z.string().trim().max(100).optional(),
  state: PersonState.optional(),
  role: PersonRole.optional(),
  /** Just these, with commas between them: to put names to ids. */
  ids: z.string().regex(/^[0-9a-f-]{36}(,[0-9a-f-]{36}){0,99}$/).optional(),
  /** `next` of the answer before. */
  after: Login.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type PeopleQuery = z.input<typeof PeopleQuery>;

/** `GET /people`, by sign-in name. */
export const PeopleResponse = z.object({
  people: z.array(Person),
  /** What to ask for `after` to read on. */
  next: z.string().nullable(),
});
export type PeopleResponse = z.infer<typeof PeopleResponse>;

/** `POST /people`. */
export const MakePersonRequest = z.strictObject({
  login: Login,
  display_name: DisplayName,
  role: PersonRole,
});
export type MakePersonRequest = z.infer<typeof MakePersonRequest>;

/** What held of a person from `at` on. */
export const PersonVersion = z.object({
  role: PersonRole,
  is_disabled: z.boolean(),
  at: z.string(),
  /** Null: the operator, from the command line. */
  by: z.string().nullable(),
});

/** `GET /people/:id`. */
export const PersonDetail = Person.extend({
  /** The newest first. */
  versions: z.array(PersonVersion),
});
export type PersonDetail = z.infer<typeof PersonDetail>;

/** `POST /people/:id/role`. */
export const SetRoleRequest = z.strictObject({ role: PersonRole });
export type SetRoleRequest = z.infer<typeof SetRoleRequest>;

/** `POST /people/:id/links`: a link that is good once. */
export const MakeLinkRequest = z.strictObject({ kind: z.enum(["invitation", "reset"]) });
export type MakeLinkRequest = z.infer<typeof MakeLinkRequest>;

export const MakeLinkResponse = z.object({
  /** Shown this once: only its hash is kept. */
  url_token: z.string(),
  expires_at: z.string(),
});
export type MakeLinkResponse = z.infer<typeof MakeLinkResponse>;

/** A place where somebody is signed in. */
export const SignInSession = z.object({
  session_id: z.uuid(),
  started_at: z.string(),
  last_used_at: z.string(),
  expires_at: z.string(),
  /** How it began. */
  method: z.string(),
  /** Browser and system, as far as it said. */
  client: z.string(),
  address: z.string().nullable().default(null),
  /** Whether it is the one that asks. */
  is_current: z.boolean(),
});
export type SignInSession = z.infer<typeof SignInSession>;

/** `GET /people/:id/sessions`, and `GET /me/sessions`: those that go on. */
export const SessionsResponse = z.object({ sessions: z.array(SignInSession) });
export type SessionsResponse = z.infer<typeof SessionsResponse>;

/** `POST /people/:id/sessions/end`: one, or all. */
export const EndSessionsRequest = z.strictObject({ session_id: z.uuid().optional() });
export type EndSessionsRequest = z.infer<typeof EndSessionsRequest>;

export const EndSessionsResponse = z.object({ ended: z.int() });
export type EndSessionsResponse = z.infer<typeof EndSessionsResponse>;

/** `GET /site`: what holds at a site, and how many there are. No health data. */
export const SiteResponse = z.object({
  site_id: z.int(),
  code: z.string(),
  /** Rules by name. */
  rules: z.record(z.string(), z.boolean()),
  /** Limits by name, with the unit at the end of it: `access_token_seconds`. */
  limits: z.record(z.string(), z.number()),
  counts: z.object({
    people: z.record(PersonState, z.int()),
    api_keys: z.int(),
    devices: z.int(),
  }),
});
export type SiteResponse = z.infer<typeof SiteResponse>;
