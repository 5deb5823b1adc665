/**
 * The audit: events found by time, person, kind, outcome, patient and recording.
 *
 * @module
 */

import { AUDIT_OUTCOMES, type AuditEventsResponse } from "@wavekeep/core/wire";
import type { Context } from "hono";
import type { VNode } from "preact";
import { askingOf } from "../../asking.ts";
import {
  filterProblems,
  type FilterValues,
  readFilter,
  toEventFilter,
} from "../../admin/audit_filter.ts";
import { KIND_WORDS, OUTCOME_WORDS } from "../../admin/event_words.ts";
import { type FieldProblems, type Refusal, refusalOf } from "../../admin/form.ts";
import { namesOf } from "../../admin/people_names.ts";
import { searchText } from "../../api/admin_client.ts";
import type { Asking } from "../../api/upstream.ts";
import { SelectField, TextField } from "../../components/FormField.tsx";
import { ResultCount } from "../../components/ResultCount.tsx";
import { RefusalNotice } from "../../components/SaidNotice.tsx";
import { renderPage, type ViewerDeps } from "../../page.tsx";
import { readerOf } from "../../reader.ts";
import { EventTable } from "./(_components)/EventTable.tsx";
import { Question } from "./(_components)/Question.tsx";

const PATH = "/audit";

export const action = "audit:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const session = c.get("session")!;
  const values = readFilter(c);
  const asking = askingOf(c);
  const { answer, refusal } = await askEvents(c, deps, values, asking);
  const problems = refusal?.problems ?? {};
  const about = answer?.events.flatMap(({ detail }) => Object.values(detail).map(String)) ?? [];
  const names = await namesOf(deps.admin, asking, about);
  const isFiltered = searchText(values) !== "";
  const isAsked = new URL(c.req.url).search !== "";
  return await renderPage(c, deps, {
    title: isAsked && answer !== undefined ? `${countText(answer)} · Events` : "Events",
    session,
    status: refusal?.status ?? 200,
    body: (
      <article class="admin audit">
        <div class="heading">
          <h1>Events</h1>
          {answer === undefined
            ? null
            : (
              <a class="button" href={`/audit/events.csv${searchText(values)}`} download>
                Download as CSV
              </a>
            )}
        </div>
        <RefusalNotice refusal={refusal} />
        <FilterForm values={values} problems={problems} isFiltered={isFiltered} />
        {answer === undefined ? null : (
          <>
            <Question
              asked={[
                ["From (UTC)", values.from],
                ["To (UTC)", values.to],
                ["Who", values.actor],
                ["What", values.kind],
                ["Outcome", values.outcome],
                ["Patient", values.patient_id],
                ["Recording", values.recording_id],
              ]}
              asOf={answer.as_of}
              by={readerOf(session).name}
            />
            <ResultCount text={countText(answer)} isAsked={isAsked} />
            {answer.events.length === 0
              ? (
                <p class="empty">
                  {isFiltered
                    ? "Nothing like that happened. Ask for a longer time, or for less."
                    : "Nothing has happened at this site yet."}
                </p>
              )
              : <EventTable events={answer.events} names={names} caption={countText(answer)} />}
            {answer.next === null ? null : (
              <p class="more">
                <a
                  class="button"
                  href={`${PATH}${searchText({ ...values, after: answer.next })}`}
                >
                  Older events
                </a>
              </p>
            )}
          </>
        )}
      </article>
    ),
  });
}

/** The events, or why there are none to show: what cannot be asked is said at its field, whoever finds it. */
async function askEvents(
  c: Context,
  { admin, audit }: ViewerDeps,
  values: FilterValues,
  asking: Asking,
): Promise<{ answer?: AuditEventsResponse; refusal?: Refusal }> {
  const problems = filterProblems(values);
  if (Object.keys(problems).length > 0) {
    return { refusal: { status: 422, said: "Nothing was asked: see below.", problems } };
  }
  const filter = await toEventFilter(values, admin, asking);
  try {
    return { answer: await audit.events(asking, { ...filter, after: c.req.query("after") }) };
  } catch (error) {
    return { refusal: refusalOf(error, {}, "Nothing was asked") };
  }
}

function countText({ events, next }: { events: readonly unknown[]; next: string | null }): string {
  if (events.length === 0) return "No event";
  const count = `${events.length} ${events.length === 1 ? "event" : "events"}, the newest first`;
  return next === null ? count : `${count}; there are older ones`;
}

function FilterForm({ values, problems, isFiltered }: {
  values: FilterValues;
  problems: FieldProblems;
  isFiltered: boolean;
}): VNode {
  const text = (name: keyof FilterValues, label: string, help?: string) => (
    <TextField
      name={name}
      label={label}
      value={values[name]}
      problem={problems[name]}
      maxLength={100}
      {...(help === undefined ? {} : { help })}
    />
  );
  return (
    <form method="get" action={PATH} class="filters" role="search" aria-label="Events">
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
      {text("actor", "Who: sign-in name or id")}
      <TextField
        name="kind"
        label="What"
        value={values.kind}
        problem={problems["kind"]}
        list="kinds"
      />
      <datalist id="kinds">
        {Object.entries(KIND_WORDS).map(([kind, words]) => (
          <option key={kind} value={kind}>{words}</option>
        ))}
      </datalist>
      <SelectField
        name="outcome"
        label="Outcome"
        value={values.outcome}
        problem={problems["outcome"]}
        options={[
          ["", "any"],
          ...AUDIT_OUTCOMES.map((each) => [each, OUTCOME_WORDS[each]] as const),
        ]}
      />
      {text("patient_id", "Patient code")}
      {text("recording_id", "Recording code")}
      <button type="submit" class="primary">Find</button>
      {isFiltered ? <a href={PATH}>Everything</a> : null}
      <p class="muted wide">Asking is itself an event.</p>
    </form>
  );
}
