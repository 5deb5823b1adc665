/**
 * Who saw a patient: a code in, people out, drawn and counted.
 *
 * @module
 */

import type { PatientAccess, PatientAccessesResponse } from "@wavekeep/core/wire";
import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import type { VNode } from "preact";
import { askingOf } from "../../asking.ts";
import { filterProblems } from "../../admin/audit_filter.ts";
import type { FieldProblems, Refusal } from "../../admin/form.ts";
import { momentOfField, spanText } from "../../admin/time_text.ts";
import { searchText } from "../../api/admin_client.ts";
import { TextField } from "../../components/FormField.tsx";
import { ResultCount } from "../../components/ResultCount.tsx";
import { RefusalNotice } from "../../components/SaidNotice.tsx";
import { renderPage, type ViewerDeps } from "../../page.tsx";
import { readerOf } from "../../reader.ts";
import { AccessTable } from "./(_components)/AccessTable.tsx";
import { AccessTimeline } from "./(_components)/AccessTimeline.tsx";
import { Question } from "./(_components)/Question.tsx";

const PATH = "/audit/patients";

export const action = "audit:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const session = c.get("session")!;
  const values = {
    "patient_id": c.req.query("patient_id")?.trim() ?? "",
    from: c.req.query("from")?.trim() ?? "",
    to: c.req.query("to")?.trim() ?? "",
  };
  const problems = filterProblems(values);
  const isAsked = values.patient_id !== "";
  const refusal: Refusal | undefined = Object.keys(problems).length === 0
    ? undefined
    : { status: 422, said: "Nothing was asked: see below.", problems };
  const answer = !isAsked || refusal !== undefined
    ? undefined
    : await deps.audit.accesses(askingOf(c), values.patient_id, {
      from: momentOfField(values.from),
      to: momentOfField(values.to, true),
      after: c.req.query("after"),
    }).catch(nobodyKnown);
  return await renderPage(c, deps, {
    title: isAsked ? `Who saw ${values.patient_id}` : "Who saw a patient",
    session,
    status: refusal?.status ?? (answer === "unknown" ? 404 : 200),
    body: (
      <article class="admin audit">
        <div class="heading">
          <h1>{isAsked ? `Who saw patient ${values.patient_id}` : "Who saw a patient"}</h1>
          {answer === undefined || answer === "unknown"
            ? null
            : (
              <a class="button" href={`/audit/accesses.csv${searchText(values)}`} download>
                Download as CSV
              </a>
            )}
        </div>
        <RefusalNotice refusal={refusal} />
        <form method="get" action={PATH} class="filters" role="search" aria-label="Patient">
          <PatientFields values={values} problems={problems} />
          <button type="submit" class="primary">Find</button>
          <p class="muted wide">Asking is itself an event.</p>
        </form>
        {answer === undefined
          ? isAsked || refusal !== undefined ? null : (
            <p class="empty">
              Type a patient's code: everybody who saw something of them is listed.
            </p>
          )
          : answer === "unknown"
          ? <p class="empty" role="status">No patient of this site has this code.</p>
          : <Answer answer={answer} values={values} by={readerOf(session).name} />}
      </article>
    ),
  });
}

interface Values {
  // deno-lint-ignore camelcase -- a field of the form
  readonly patient_id: string;
  readonly from: string;
  readonly to: string;
}

function PatientFields({ values, problems }: { values: Values; problems: FieldProblems }): VNode {
  return (
    <>
      <TextField
        name="patient_id"
        label="Patient code"
        value={values.patient_id}
        problem={problems["patient_id"]}
        maxLength={64}
        isRequired
      />
      <TextField
        name="from"
        label="From (UTC)"
        type="datetime-local"
        value={values.from}
        problem={problems["from"]}
      />
      <TextField
        name="to"
        label="To (UTC)"
        type="datetime-local"
        value={values.to}
        problem={problems["to"]}
      />
    </>
  );
}

function Answer({ answer, values, by }: {
  answer: PatientAccessesResponse;
  values: Values;
  by: string;
}): VNode {
  const { accesses, next, as_of: asOf } = answer;
  const words = summary(answer);
  const eventsOf = (actor: string) =>
    `/audit${
      searchText({ actor, "patient_id": values.patient_id, from: values.from, to: values.to })
    }`;
  return (
    <>
      <Question
        asked={[
          ["Patient", values.patient_id],
          ["From (UTC)", values.from],
          ["To (UTC)", values.to],
        ]}
        asOf={asOf}
        by={by}
      />
      <ResultCount text={words} isAsked kind="answer" />
      {accesses.length === 0 ? null : (
        <>
          <AccessTimeline accesses={accesses} />
          <AccessTable
            patientId={values.patient_id}
            accesses={accesses}
            caption={words}
            eventsOf={eventsOf}
          />
        </>
      )}
      {next === null ? null : (
        <p class="more">
          <a class="button" href={`${PATH}${searchText({ ...values, after: next })}`}>
            People who were there before
          </a>
        </p>
      )}
    </>
  );
}

/** The answer in a sentence. */
function summary({ accesses, people_count: count }: PatientAccessesResponse): string {
  if (accesses.length === 0) return "Nobody saw anything of this patient in this time.";
  const sum = (of: (access: PatientAccess) => number) =>
    accesses.reduce((total, access) => total + of(access), 0);
  const people = accesses.length < count
    ? `${accesses.length} of ${count} people and machines`
    : count === 1
    ? "1 person or machine"
    : `${count} people and machines`;
  const glass = sum(({ break_glass: each }) => each);
  const exports = sum((access) => access.exports);
  const parts = [
    `${spanText(sum(({ seconds_seen: each }) => each))} on screen`,
    exports === 0 ? "never taken out" : `taken out ${timesText(exports)}`,
    glass === 0 ? "no glass broken" : `glass broken ${timesText(glass)}`,
  ];
  return `${people}: ${parts.join(", ")}.`;
}

function timesText(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function nobodyKnown(error: unknown): "unknown" {
  if (error instanceof ProblemError && error.slug === "not-found") return "unknown";
  throw error;
}
