/**
 * The people of a site: found by name, state and role; invited.
 *
 * @module
 */

import { permits } from "@wavekeep/core/service";
import { MakePersonRequest, PERSON_ROLES, PERSON_STATES } from "@wavekeep/core/wire";
import type { Context } from "hono";
import { askingOf, originOf } from "../../asking.ts";
import { readForm, type Refusal, refusalOf, refuseFields } from "../../admin/form.ts";
import { ROLE_WORDS } from "../../admin/roles.ts";
import { redirectSaying, takeSaid } from "../../admin/said.ts";
import { searchText } from "../../api/admin_client.ts";
import { SelectField, TextField } from "../../components/FormField.tsx";
import { ResultCount } from "../../components/ResultCount.tsx";
import { RefusalNotice, SaidNotice } from "../../components/SaidNotice.tsx";
import { renderPage, type ViewerDeps } from "../../page.tsx";
import { PeopleTable, personPath } from "./(_components)/PeopleTable.tsx";
import { PERSON_WORDS, PersonForm } from "./(_components)/PersonForm.tsx";
import { sayLink } from "./(_components)/say_link.ts";

const PATH = "/admin/people";

export const action = "people:read";
export const writeAction = "people:write";

export function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  return page(c, deps, {}, undefined);
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  const form = await readForm(c);
  const values = {
    login: form.text("login").toLowerCase(),
    "display_name": form.text("display_name"),
    role: form.text("role"),
  };
  const request = MakePersonRequest.safeParse(values);
  if (!request.success) return page(c, deps, values, refuseFields(request.error, PERSON_WORDS));
  const asking = askingOf(c);
  try {
    const person = await deps.admin.makePerson(asking, request.data);
    // A person without a link is one who can be given a link: the page of the person has the button.
    const link = await deps.admin.makeLink(asking, person.person_id, "invitation")
      .catch(() => undefined);
    const made = `${person.display_name} is now at this site.`;
    return redirectSaying(
      c,
      personPath(person.person_id),
      link === undefined
        ? { text: `${made} No link could be made; make one below.` }
        : sayLink(originOf(c), made, person, "invitation", link),
    );
  } catch (error) {
    return page(c, deps, values, refusalOf(error, PERSON_WORDS));
  }
}

async function page(
  c: Context,
  deps: ViewerDeps,
  values: Readonly<Record<string, string>>,
  refusal: Refusal | undefined,
): Promise<Response> {
  const session = c.get("session")!;
  const said = takeSaid(c);
  const filter = {
    search: c.req.query("search")?.trim(),
    state: oneOf(PERSON_STATES, c.req.query("state")),
    role: oneOf(PERSON_ROLES, c.req.query("role")),
  };
  const { people, next } = await deps.admin.people(askingOf(c), {
    ...filter,
    after: c.req.query("after"),
  });
  const isFiltered = searchText(filter) !== "";
  const count = `${people.length} ${people.length === 1 ? "person" : "people"}${
    next === null ? "" : ", and more"
  }`;
  const isAsked = refusal === undefined && said === undefined && new URL(c.req.url).search !== "";
  const mayWrite = permits(session.principal, writeAction);
  return await renderPage(c, deps, {
    title: isAsked ? `${count} · People` : "People",
    session,
    status: refusal?.status ?? 200,
    body: (
      <article class="admin">
        <h1>People</h1>
        <SaidNotice said={said} path={PATH} />
        <RefusalNotice refusal={refusal} />
        <form method="get" action={PATH} class="filters" role="search" aria-label="People">
          <TextField name="search" label="Name" type="search" value={filter.search} />
          <SelectField
            name="state"
            label="State"
            value={filter.state ?? ""}
            options={[["", "any"], ...PERSON_STATES.map((each) => [each, each] as const)]}
          />
          <SelectField
            name="role"
            id="filter-role"
            label="Role"
            value={filter.role ?? ""}
            options={[
              ["", "any"],
              ...PERSON_ROLES.map((role) => [role, ROLE_WORDS[role].name] as const),
            ]}
          />
          <button type="submit">Find</button>
          {isFiltered ? <a href={PATH}>Everybody</a> : null}
          <ResultCount text={count} isAsked={isAsked} />
        </form>
        {people.length > 0 ? <PeopleTable people={people} /> : (
          <p class="empty">
            {isFiltered
              ? "Nobody like that. Search for less, or for everybody."
              : "Nobody is here yet. Invite the first person below."}
          </p>
        )}
        {next === null ? null : (
          <p class="more">
            <a class="button" href={`${PATH}${searchText({ ...filter, after: next })}`}>
              More people
            </a>
          </p>
        )}
        {mayWrite ? <PersonForm values={values} problems={refusal?.problems ?? {}} /> : null}
      </article>
    ),
  });
}

function oneOf<T extends string>(all: readonly T[], text: string | undefined): T | undefined {
  return all.find((each) => each === text);
}
