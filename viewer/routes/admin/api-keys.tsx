/**
 * API keys of a site: made for one role and some of its actions, shown once, revoked.
 *
 * Making one is two steps, so that it works without script: the role, then what of it the key may do.
 *
 * @module
 */

import { type ApiKey, MakeApiKeyRequest } from "@wavekeep/core/wire";
import type { Context } from "hono";
import { askingOf } from "../../asking.ts";
import { KEY_ROLES } from "../../admin/key_roles.ts";
import {
  type FieldProblems,
  readForm,
  type Refusal,
  refusalOf,
  refuseFields,
} from "../../admin/form.ts";
import { namesOf } from "../../admin/people_names.ts";
import { redirectSaying, takeSaid } from "../../admin/said.ts";
import { readOrder, type SortKeys, sortRows } from "../../admin/sort_rows.ts";
import { RefusalNotice, SaidNotice } from "../../components/SaidNotice.tsx";
import { renderPage, type ViewerDeps } from "../../page.tsx";
import { ApiKeyForm, type ApiKeyValues } from "./(_components)/ApiKeyForm.tsx";
import { ApiKeyTable } from "./(_components)/ApiKeyTable.tsx";

const PATH = "/admin/api-keys";
const WORDS: FieldProblems = {
  name: "The key needs a name of 1 to 64 characters: what it is for.",
  kind: "Choose how the machine shows the key.",
  scopes: "Choose at least one thing that the key may do.",
  "lives_days": "A key lives 1 to 365 days.",
};
const SORT_KEYS: SortKeys<ApiKey> = {
  name: ({ name }) => name,
  role: ({ role }) => role,
  made: ({ created_at: at }) => at,
  expires: ({ expires_at: at }) => at,
};

export const action = "api-keys:read";
export const writeAction = "api-keys:write";

export function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const role = KEY_ROLES.find((each) => each === c.req.query("role"));
  return page(
    c,
    deps,
    role === undefined ? undefined : { role, scopes: [] },
    undefined,
  );
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  const form = await readForm(c);
  const role = KEY_ROLES.find((each) => each === form.text("role"));
  if (role === undefined) return c.redirect(PATH, 303);
  const values: ApiKeyValues = {
    role,
    name: form.text("name"),
    kind: form.text("kind"),
    livesDays: form.text("lives_days"),
    scopes: form.all("scopes"),
  };
  const request = MakeApiKeyRequest.safeParse({
    name: values.name,
    kind: values.kind,
    role,
    scopes: values.scopes,
    "lives_days": Number(values.livesDays || NaN),
  });
  if (!request.success) return await page(c, deps, values, refuseFields(request.error, WORDS));
  try {
    const { key, secret } = await deps.admin.makeApiKey(askingOf(c), request.data);
    return redirectSaying(c, PATH, {
      text: `The key “${key.name}” is made.`,
      secret: {
        label: `API key “${key.name}”`,
        value: secret,
        note: key.kind === "bearer"
          ? "Whoever has it may do what it may: keep it in the machine's secret store, never in a program's text."
          : "It signs requests and never travels itself: keep it in the machine's secret store, never in a program's text.",
      },
    });
  } catch (error) {
    return await page(c, deps, values, refusalOf(error, WORDS));
  }
}

async function page(
  c: Context,
  deps: ViewerDeps,
  values: ApiKeyValues | undefined,
  refusal: Refusal | undefined,
): Promise<Response> {
  const said = takeSaid(c);
  const asking = askingOf(c);
  const keys = await deps.admin.apiKeys(asking);
  const names = await namesOf(deps.admin, asking, keys.map(({ created_by: by }) => by));
  const order = readOrder(c.req.query("sort"), SORT_KEYS, { column: "made", isDown: true });
  return await renderPage(c, deps, {
    title: "API keys",
    session: c.get("session"),
    status: refusal?.status ?? 200,
    ...(said?.secret === undefined ? {} : { islands: "people" as const }),
    body: (
      <article class="admin">
        <h1>API keys</h1>
        <SaidNotice said={said} path={PATH} />
        <RefusalNotice refusal={refusal} />
        {keys.length === 0
          ? (
            <p class="empty">
              No machine has a key yet. Choose below what the first one may do.
            </p>
          )
          : (
            <ApiKeyTable
              keys={sortRows(keys, SORT_KEYS, order)}
              names={names}
              order={order}
              path={PATH}
              nowMs={Date.now()}
            />
          )}
        <ApiKeyForm values={values} problems={refusal?.problems ?? {}} path={PATH} />
      </article>
    ),
  });
}
