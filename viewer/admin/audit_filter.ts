/**
 * What an auditor asks for, as the address of the page says it, and as query takes it.
 *
 * @module
 */

import { AUDIT_OUTCOMES } from "@wavekeep/core/wire";
import type { Context } from "hono";
import type { AdminClient } from "../api/admin_client.ts";
import type { EventFilter } from "../api/audit_client.ts";
import type { Asking } from "../api/upstream.ts";
import type { FieldProblems } from "./form.ts";
import { momentOfField } from "./time_text.ts";

/** Fields of the form, as they were typed. */
export const FILTER_FIELDS = [
  "from",
  "to",
  "actor",
  "kind",
  "outcome",
  "patient_id",
  "recording_id",
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];
export type FilterValues = Readonly<Record<FilterField, string>>;

/** Rows of a page. */
const LIMIT = "100";

const CODE = /^[A-Za-z0-9._-]{1,64}$/;

/** Reads the address. */
export function readFilter(c: Context): FilterValues {
  return Object.fromEntries(
    FILTER_FIELDS.map((name) => [name, c.req.query(name)?.trim() ?? ""]),
  ) as FilterValues;
}

/** What cannot be asked, by field. */
export function filterProblems(values: Partial<FilterValues>): FieldProblems {
  const problems: Record<string, string> = {};
  const { from = "", to = "" } = values;
  for (const name of ["from", "to"] as const) {
    const text = values[name] ?? "";
    if (text !== "" && momentOfField(text) === undefined) {
      problems[name] = "A day, or a day and a time, as 2026-11-21T20:00.";
    }
  }
  if (problems["from"] === undefined && problems["to"] === undefined && from !== "" && to !== "") {
    if (momentOfField(from)! > momentOfField(to, true)!) {
      problems["to"] = "The end lies before the beginning.";
    }
  }
  for (const name of ["patient_id", "recording_id"] as const) {
    const text = values[name] ?? "";
    if (text !== "" && !CODE.test(text)) {
      problems[name] = "A code has 1 to 64 of: A–Z, a–z, 0–9, dot, underscore, hyphen.";
    }
  }
  const { outcome = "" } = values;
  if (outcome !== "" && !(AUDIT_OUTCOMES as readonly string[]).includes(outcome)) {
    problems["outcome"] = "There is no such outcome.";
  }
  return problems;
}

/** As query takes it. A sign-in name becomes its person's id: that is what events hold. */
export async function toEventFilter(
  values: FilterValues,
  admin: Pick<AdminClient, "people">,
  asking: Asking,
): Promise<EventFilter> {
  return {
    from: momentOfField(values.from),
    to: momentOfField(values.to, true),
    actor: await actorOf(values.actor, admin, asking),
    kind: values.kind,
    outcome: values.outcome,
    "patient_id": values.patient_id,
    "recording_id": values.recording_id,
    limit: LIMIT,
  };
}

/** Devices and services have no people behind them, so that what is no sign-in name stays what it is. */
async function actorOf(
  text: string,
  admin: Pick<AdminClient, "people">,
  asking: Asking,
): Promise<string> {
  const login = text.toLowerCase();
  if (text === "" || /^[0-9a-f-]{36}$/.test(login)) return login;
  const { people } = await admin.people(asking, { search: login, limit: "200" })
    .catch(() => ({ people: [] }));
  return people.find((person) => person.login === login)?.person_id ?? text;
}
