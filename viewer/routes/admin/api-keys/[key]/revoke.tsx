/**
 * An API key, revoked: asked first.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { type ApiKey, RevokeApiKeyRequest } from "@wavekeep/core/wire";
import type { Context } from "hono";
import { askingOf } from "../../../../asking.ts";
import { readForm, type Refusal, refusalOf, refuseFields } from "../../../../admin/form.ts";
import { redirectSaying } from "../../../../admin/said.ts";
import { renderPage, type ViewerDeps } from "../../../../page.tsx";
import { REASON_WORDS, RevokePage } from "../../(_components)/RevokePage.tsx";

const BACK = "/admin/api-keys";

export const action = "api-keys:write";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  return await page(c, deps, await findKey(c, deps), undefined, undefined);
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  const form = await readForm(c);
  const key = await findKey(c, deps);
  const reason = form.text("reason");
  const request = RevokeApiKeyRequest.safeParse({ reason });
  if (!request.success) {
    return await page(c, deps, key, reason, refuseFields(request.error, REASON_WORDS));
  }
  try {
    await deps.admin.revokeApiKey(askingOf(c), key.api_key_id, request.data.reason);
  } catch (error) {
    return await page(c, deps, key, reason, refusalOf(error, REASON_WORDS));
  }
  return redirectSaying(c, BACK, { text: `The key “${key.name}” is revoked.` });
}

/** @throws {ProblemError} `not-found`: no key of the site, or one that was revoked before. */
async function findKey(c: Context, { admin }: ViewerDeps): Promise<ApiKey> {
  const keys = await admin.apiKeys(askingOf(c));
  const key = keys.find(({ api_key_id: id }) => id === c.req.param("key"));
  if (key !== undefined && key.revoked_at === null) return key;
  throw new ProblemError("not-found", { detail: "No key with this id is good at this site" });
}

function page(
  c: Context,
  deps: ViewerDeps,
  key: ApiKey,
  reason: string | undefined,
  refusal: Refusal | undefined,
): Promise<Response> {
  return renderPage(c, deps, {
    title: `Revoke the key ${key.name}`,
    session: c.get("session"),
    status: refusal?.status ?? 200,
    body: (
      <RevokePage
        title={`Revoke the key “${key.name}”?`}
        consequences={[
          "Whatever uses it is refused within seconds, streams that run included.",
          "What was done with it stays in the audit under its id.",
          "A machine that still needs access gets another key: make that one first.",
        ]}
        path={`${BACK}/${key.api_key_id}/revoke`}
        back={BACK}
        reason={reason}
        refusal={refusal}
      />
    ),
  });
}
