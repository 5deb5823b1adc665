/**
 * What a patient allows: whether those who treat may look, whether research may, and whether erasing must wait.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { permits } from "@wavekeep/core/service";
import { ConsentRequest, type ConsentResponse } from "@wavekeep/core/wire";
import type { Context } from "hono";
import { filterProblems } from "../../admin/audit_filter.ts";
import { askingOf } from "../../asking.ts";
import {
  type FieldProblems,
  readForm,
  type Refusal,
  refusalOf,
  refuseFields,
} from "../../admin/form.ts";
import { namesOf } from "../../admin/people_names.ts";
import { redirectSaying, takeSaid } from "../../admin/said.ts";
import { searchText } from "../../api/admin_client.ts";
import { TextField } from "../../components/FormField.tsx";
import { RefusalNotice, SaidNotice } from "../../components/SaidNotice.tsx";
import { renderPage, type ViewerDeps } from "../../page.tsx";
import { ConsentForm } from "./(_components)/ConsentForm.tsx";
import { ConsentHistory } from "./(_components)/ConsentHistory.tsx";

const PATH = "/admin/consent";
const WORDS: FieldProblems = { reason: "Say why, in 1 to 500 characters." };

export const action = "consents:read";
export const writeAction = "consents:write";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const patientId = c.req.query("patient_id")?.trim() ?? "";
  const problems = filterProblems({ "patient_id": patientId });
  if (patientId === "" || problems["patient_id"] !== undefined) {
    const refusal = patientId === ""
      ? undefined
      : { status: 422, said: "Nothing was asked: see below.", problems };
    return await page(c, deps, { patientId, refusal });
  }
  const consent = await readConsent(c, deps, patientId);
  return await page(c, deps, { patientId, consent });
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  const form = await readForm(c);
  const patientId = form.text("patient_id");
  const reason = form.text("reason");
  const consent = await readConsent(c, deps, patientId);
  if (consent === undefined) return await page(c, deps, { patientId });
  const request = ConsentRequest.safeParse({
    care: form.text("care"),
    research: form.text("research"),
    "legal_hold": form.text("legal_hold") === "yes",
    reason,
  });
  const said = { patientId, consent, reason };
  if (!request.success) {
    return await page(c, deps, { ...said, refusal: refuseFields(request.error, WORDS) });
  }
  try {
    await deps.admin.setConsent(askingOf(c), patientId, request.data);
  } catch (error) {
    return await page(c, deps, { ...said, refusal: refusalOf(error, WORDS) });
  }
  return redirectSaying(c, `${PATH}${searchText({ "patient_id": patientId })}`, {
    text: `What patient ${patientId} allows is written down. It holds at once.`,
  });
}

/** Undefined: nobody of this code is at the site. */
async function readConsent(
  c: Context,
  { admin }: ViewerDeps,
  patientId: string,
): Promise<ConsentResponse | undefined> {
  try {
    return await admin.consent(askingOf(c), patientId);
  } catch (error) {
    if (error instanceof ProblemError && error.slug === "not-found") return undefined;
    throw error;
  }
}

interface Shown {
  readonly patientId: string;
  readonly consent?: ConsentResponse | undefined;
  readonly reason?: string;
  readonly refusal?: Refusal | undefined;
}

async function page(c: Context, deps: ViewerDeps, shown: Shown): Promise<Response> {
  const { patientId, consent, reason, refusal } = shown;
  const session = c.get("session")!;
  const said = takeSaid(c);
  const isUnknown = patientId !== "" && consent === undefined && refusal === undefined;
  const mayWrite = permits(session.principal, writeAction);
  const actors = consent?.versions.map(({ actor }) => actor) ?? [];
  const names = permits(session.principal, "people:read")
    ? await namesOf(deps.admin, askingOf(c), actors)
    : new Map<string, string>();
  return await renderPage(c, deps, {
    title: consent === undefined ? "Consent" : `Consent of ${patientId}`,
    session,
    status: refusal?.status ?? (isUnknown ? 404 : 200),
    body: (
      <article class="admin">
        <h1>{consent === undefined ? "What a patient allows" : `What ${patientId} allows`}</h1>
        <SaidNotice said={said} path={PATH} />
        <RefusalNotice refusal={refusal} />
        <form method="get" action={PATH} class="filters" role="search" aria-label="Patient">
          <TextField
            name="patient_id"
            label="Patient code"
            value={patientId}
            problem={refusal?.problems["patient_id"]}
            maxLength={64}
            isRequired
          />
          <button type="submit">Find</button>
        </form>
        {patientId === ""
          ? <p class="empty">Type a patient's code: what they allow is shown, and who said so.</p>
          : null}
        {isUnknown
          ? <p class="empty" role="status">No patient of this site has this code.</p>
          : null}
        {consent === undefined ? null : (
          <>
            <ConsentForm
              consent={consent}
              mayWrite={mayWrite}
              reason={reason}
              problems={refusal?.problems ?? {}}
              path={PATH}
            />
            <ConsentHistory consent={consent} names={names} />
          </>
        )}
      </article>
    ),
  });
}
