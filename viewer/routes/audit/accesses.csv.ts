/**
 * Who saw a patient, as CSV: a row for each person.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import {
  type Cell,
  csvText,
  type PatientAccess,
  type PatientAccessesResponse,
} from "@wavekeep/core/wire";
import type { Context } from "hono";
import { askingOf } from "../../asking.ts";
import { filterProblems } from "../../admin/audit_filter.ts";
import { momentOfField } from "../../admin/time_text.ts";
import type { ViewerDeps } from "../../page.tsx";

const HEAD = [
  "patient_id",
  "actor",
  "login",
  "display_name",
  "roles",
  "first_at",
  "last_at",
  "seconds_seen",
  "times",
  "exports",
  "break_glass",
  "refused",
  "recordings",
  "as_of",
];

export const action = "audit:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const [patient = "", from = "", to = ""] = ["patient_id", "from", "to"].map((name) =>
    c.req.query(name)?.trim()
  );
  const problems = filterProblems({ "patient_id": patient, from, to });
  if (patient === "" || Object.keys(problems).length > 0) {
    throw new ProblemError("validation", { detail: "The address asks for what there cannot be" });
  }
  const asking = askingOf(c);
  const rows: Cell[][] = [];
  let after: string | undefined;
  do {
    const answer: PatientAccessesResponse = await deps.audit.accesses(asking, patient, {
      from: momentOfField(from),
      to: momentOfField(to, true),
      after,
    });
    rows.push(...answer.accesses.map((access) => rowOf(answer, access)));
    after = answer.next ?? undefined;
  } while (after !== undefined);
  return c.body(csvText(HEAD, rows), 200, {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="who_saw_a_patient.csv"',
    "cache-control": "private, no-store",
  });
}

function rowOf(
  { patient_id: patientId, as_of: asOf }: PatientAccessesResponse,
  access: PatientAccess,
): Cell[] {
  return [
    patientId,
    access.actor,
    access.person?.login ?? null,
    access.person?.display_name ?? null,
    access.roles.join(" "),
    access.first_at,
    access.last_at,
    access.seconds_seen,
    access.times,
    access.exports,
    access.break_glass,
    access.refused,
    access.recordings.join(" "),
    asOf,
  ];
}
