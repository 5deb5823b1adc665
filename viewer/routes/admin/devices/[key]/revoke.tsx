/**
 * A device's key, revoked: asked first.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { type DeviceKeyJson, RevokeKeyRequest } from "@wavekeep/core/wire";
import type { Context } from "hono";
import { askingOf } from "../../../../asking.ts";
import { readForm, type Refusal, refusalOf, refuseFields } from "../../../../admin/form.ts";
import { redirectSaying } from "../../../../admin/said.ts";
import { renderPage, type ViewerDeps } from "../../../../page.tsx";
import { keyText } from "../../(_components)/DeviceTable.tsx";
import { REASON_WORDS, RevokePage } from "../../(_components)/RevokePage.tsx";

const BACK = "/admin/devices";

export const action = "devices:revoke";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  return await page(c, deps, await findKey(c, deps), undefined, undefined);
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  const form = await readForm(c);
  const key = await findKey(c, deps);
  const reason = form.text("reason");
  const request = RevokeKeyRequest.safeParse({ reason });
  if (!request.success) {
    return await page(c, deps, key, reason, refuseFields(request.error, REASON_WORDS));
  }
  try {
    await deps.admin.revokeDeviceKey(askingOf(c), key.key_id, request.data.reason);
  } catch (error) {
    return await page(c, deps, key, reason, refusalOf(error, REASON_WORDS));
  }
  return redirectSaying(c, BACK, {
    text: `The key ${keyText(key.key_id)} of ${key.device_id} is revoked.`,
  });
}

/** @throws {ProblemError} `not-found`: no key of the site, or one that was revoked before. */
async function findKey(c: Context, { admin }: ViewerDeps): Promise<DeviceKeyJson> {
  const { keys: [key] } = await admin.deviceKeys(askingOf(c), { "key_id": c.req.param("key") });
  if (key !== undefined && key.revoked_at === null) return key;
  throw new ProblemError("not-found", { detail: "No key with this id is good at this site" });
}

function page(
  c: Context,
  deps: ViewerDeps,
  key: DeviceKeyJson,
  reason: string | undefined,
  refusal: Refusal | undefined,
): Promise<Response> {
  return renderPage(c, deps, {
    title: `Revoke a key of ${key.device_id}`,
    session: c.get("session"),
    status: refusal?.status ?? 200,
    body: (
      <RevokePage
        title={`Revoke the key ${keyText(key.key_id)} of ${key.device_id}?`}
        consequences={[
          "Nothing under this key is taken any more; a stream that runs stops within seconds.",
          "What it sent before stays stored and stays proved.",
          "The device records again once it was enrolled anew, with another key.",
          "What it captured before and has not sent yet is refused as well: where that matters, wait until nothing of its segments is missing.",
        ]}
        path={`${BACK}/${key.key_id}/revoke`}
        back={BACK}
        reason={reason}
        refusal={refusal}
      />
    ),
  });
}
