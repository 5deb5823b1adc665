/**
 * One person: role, state, links, sessions, and what was changed by whom.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { permits } from "@wavekeep/core/service";
import { PERSON_ROLES, type PersonDetail, type SignInSession } from "@wavekeep/core/wire";
import type { Context } from "hono";
import { askingOf, originOf } from "../../../asking.ts";
import { type Form, readForm, type Refusal, refusalOf } from "../../../admin/form.ts";
import { isPersonId, namesOf } from "../../../admin/people_names.ts";
import { roleName } from "../../../admin/roles.ts";
import { redirectSaying, type Said, takeSaid } from "../../../admin/said.ts";
import { RefusalNotice, SaidNotice } from "../../../components/SaidNotice.tsx";
import { renderPage, type ViewerDeps } from "../../../page.tsx";
import { personPath } from "../(_components)/PeopleTable.tsx";
import { PersonActions } from "../(_components)/PersonActions.tsx";
import { PersonFacts } from "../(_components)/PersonFacts.tsx";
import { PersonHistory } from "../(_components)/PersonHistory.tsx";
import { PersonSessions } from "../(_components)/PersonSessions.tsx";
import { sayLink } from "../(_components)/say_link.ts";

export const action = "people:read";
export const writeAction = "people:write";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  return await page(c, deps, await readPerson(c, deps), undefined);
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  const form = await readForm(c);
  const person = await readPerson(c, deps);
  try {
    return redirectSaying(c, personPath(person.person_id), await act(c, deps, person, form));
  } catch (error) {
    return await page(c, deps, person, refusalOf(error));
  }
}

/** @throws {ProblemError} `not-found`: nobody of the site, or no id at all. */
function readPerson(c: Context, { admin }: ViewerDeps): Promise<PersonDetail> {
  const id = c.req.param("person") ?? "";
  if (!isPersonId(id)) throw new ProblemError("not-found", { detail: "No such person here" });
  return admin.person(askingOf(c), id);
}

/** Does what a button of the page asks for. */
async function act(
  c: Context,
  { admin }: ViewerDeps,
  person: PersonDetail,
  form: Form,
): Promise<Said> {
  const asking = askingOf(c);
  const { person_id: id, display_name: name } = person;
  switch (form.text("do")) {
    case "role": {
      const role = PERSON_ROLES.find((each) => each === form.text("role"));
      if (role === undefined) break;
      await admin.setRole(asking, id, role);
      return {
        text: `${name} is now ${roleName(role)}.`,
        undo: {
          label: `Back to ${roleName(person.role)}`,
          fields: { do: "role", role: person.role },
        },
      };
    }
    case "disable":
      await admin.setDisabled(asking, id, true);
      return {
        text: `${name} cannot sign in any more, and is signed out everywhere.`,
        undo: { label: "Enable again", fields: { do: "enable" } },
      };
    case "enable":
      await admin.setDisabled(asking, id, false);
      return {
        text: `${name} can sign in again.`,
        undo: { label: "Disable again", fields: { do: "disable" } },
      };
    case "invitation":
    case "reset": {
      const kind = form.text("do") === "reset" ? "reset" : "invitation";
      const link = await admin.makeLink(asking, id, kind);
      return sayLink(originOf(c), "The link is made.", person, kind, link);
    }
    case "end-sessions": {
      const sessionId = form.text("session");
      const { ended } = await admin.endSessions(asking, id, sessionId || undefined);
      return { text: `${ended} ${ended === 1 ? "session" : "sessions"} of ${name} ended.` };
    }
  }
  throw new ProblemError("validation", { detail: "The form asks for nothing that is known here" });
}

async function page(
  c: Context,
  deps: ViewerDeps,
  person: PersonDetail,
  refusal: Refusal | undefined,
): Promise<Response> {
  const session = c.get("session")!;
  const said = takeSaid(c);
  const mayWrite = permits(session.principal, writeAction);
  const isSelf = session.principal.subject === person.person_id;
  const asking = askingOf(c);
  const [sessions, names] = await Promise.all([
    mayWrite
      ? deps.admin.sessions(asking, person.person_id).then(({ sessions }) => sessions)
      : Promise.resolve<readonly SignInSession[]>([]),
    namesOf(deps.admin, asking, person.versions.map(({ by }) => by)),
  ]);
  return await renderPage(c, deps, {
    title: person.display_name,
    session,
    status: refusal?.status ?? 200,
    ...(said?.secret === undefined ? {} : { islands: "people" as const }),
    body: (
      <article class="admin">
        <p class="back">
          <a href="/admin/people">All people</a>
        </p>
        <h1>{person.display_name}</h1>
        <SaidNotice said={said} path={personPath(person.person_id)} />
        <RefusalNotice refusal={refusal} />
        <PersonFacts person={person} />
        {mayWrite ? <PersonActions person={person} isSelf={isSelf} /> : null}
        {mayWrite ? <PersonSessions person={person} sessions={sessions} /> : null}
        <PersonHistory versions={person.versions} names={names} />
      </article>
    ),
  });
}
