// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * People, for their administrator: who is there, what they may do, how they come in, where they are signed in.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { validationProblem } from "@wavekeep/core/service";
import {
  EndSessionsRequest,
  type EndSessionsResponse,
  MakeLinkRequest,
  type MakeLinkResponse,
  MakePersonRequest,
  Nothing,
  PeopleQuery,
  type PeopleResponse,
  type Person,
  type PersonDetail,
  SetRoleRequest,
} from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { readPath } from "../../routes/request.ts";
import type { AccountsDeps } from "../deps.ts";
import { makeLink } from "../links/sign_in_links.ts";
import { listSessions } from "../list_sessions.ts";
import {
  changePerson,
  makePerson,
  type PersonChange,
  requirePerson,
} from "../people/change_person.ts";
import { listPeople, listVersions, type PersonRow, stateOf } from "../people/person_rows.ts";
import { readSite } from "../people/read_site.ts";
import { endSession, endSessions } from "../sessions.ts";
import { findSession } from "../store/sessions.ts";
import { readAccountsJson } from "./body.ts";
import { callerOf } from "./client.ts";

export const PersonPath = z.object({ person_id: z.uuid() });

export function peopleRoutes(deps: AccountsDeps): Hono {
  const app = new Hono();
  app.get("/people", async (c) => {
    const { ids, limit, ...filter } = readPeopleQuery(c);
    const rows = await deps.store.inSite(callerOf(c), (tx) =>
      listPeople(tx.client, {
        ...filter,
        ids: ids?.split(","),
        // One more than asked for tells whether there is more.
        limit: limit + 1,
      }));
    const people = rows.slice(0, limit).map(toPerson);
    const next = rows.length > limit ? people.at(-1)!.login : null;
    return c.json({ people, next } satisfies PeopleResponse);
  });
  app.post("/people", async (c) => {
    const { login, display_name: displayName, role } = await readAccountsJson(c, MakePersonRequest);
    const row = await makePerson(deps, callerOf(c), { login, displayName, role });
    return c.json(toPerson(row), 201);
  });
  app.get("/people/:person_id", async (c) => {
    const { person_id: personId } = readPath(c, PersonPath);
    const detail = await deps.store.inSite(callerOf(c), async (tx): Promise<PersonDetail> => {
      const person = toPerson(await requirePerson(tx, personId));
      const versions = await listVersions(tx.client, personId);
      return {
        ...person,
        versions: versions.map(({ role, isDisabled, atMs, actor }) => ({
          role,
          is_disabled: isDisabled,
          at: text(atMs),
          by: z.uuid().safeParse(actor).success ? actor : null,
        })),
      };
    });
    return c.json(detail);
  });
  app.post("/people/:person_id/role", async (c) => {
    return await change(c, await readAccountsJson(c, SetRoleRequest));
  });
  app.post("/people/:person_id/disable", async (c) => {
    await readAccountsJson(c, Nothing);
    return await change(c, { isDisabled: true });
  });
  app.post("/people/:person_id/enable", async (c) => {
    await readAccountsJson(c, Nothing);
    return await change(c, { isDisabled: false });
  });
  app.post("/people/:person_id/links", async (c) => {
    const { person_id: personId } = readPath(c, PersonPath);
    const { kind } = await readAccountsJson(c, MakeLinkRequest);
    const { text: urlToken, expiresAtMs } = await makeLink(deps, callerOf(c), { personId, kind });
    const made: MakeLinkResponse = { url_token: urlToken, expires_at: text(expiresAtMs) };
    return c.json(made, 201);
  });
  app.get("/people/:person_id/sessions", async (c) => {
    const { person_id: personId } = readPath(c, PersonPath);
    const { sessionId } = c.get("principal");
    return c.json(
      await deps.store.inSite(callerOf(c), async (tx) => {
        await requirePerson(tx, personId);
        const of = sessionId === undefined ? { personId } : { personId, currentId: sessionId };
        return await listSessions(deps, tx, of);
      }),
    );
  });
  app.post("/people/:person_id/sessions/end", async (c) => {
    const { person_id: personId } = readPath(c, PersonPath);
    const { session_id: only } = await readAccountsJson(c, EndSessionsRequest);
    const ended = await deps.store.inSite(callerOf(c), async (tx) => {
      await requirePerson(tx, personId);
      const reason = "ended";
      if (only === undefined) return await endSessions(deps, tx, personId, { reason });
      const session = await findSession(tx, only);
      if (session?.person.personId !== personId) {
        throw new ProblemError("not-found", { detail: "The person has no such session" });
      }
      return await endSession(deps, tx, session, { reason }) ? 1 : 0;
    });
    return c.json({ ended } satisfies EndSessionsResponse);
  });
  app.get("/site", async (c) => c.json(await readSite(deps, callerOf(c))));

  async function change(c: Context, what: PersonChange): Promise<Response> {
    const { person_id: personId } = readPath(c, PersonPath);
    return c.json(toPerson(await changePerson(deps, callerOf(c), personId, what)));
  }
  return app;
}

/** @throws {ProblemError} `validation`, with pointers into the query. */
function readPeopleQuery(c: Context): z.output<typeof PeopleQuery> {
  const result = PeopleQuery.safeParse(c.req.query());
  if (!result.success) throw validationProblem(result.error, "/query");
  return result.data;
}

function toPerson(row: PersonRow): Person {
  return {
    person_id: row.personId,
    login: row.login,
    display_name: row.displayName,
    role: row.role,
    state: stateOf(row),
    passkeys: row.passkeys,
    has_password: row.hasPassword,
    has_totp: row.hasTotp,
    recovery_codes: row.recoveryCodes,
    created_at: text(row.createdAtMs),
    last_sign_in_at: row.lastSignInAtMs === null ? null : text(row.lastSignInAtMs),
  };
}

function text(ms: number): string {
  return new Date(ms).toISOString();
}
