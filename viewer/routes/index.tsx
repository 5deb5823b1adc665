/**
 * Patients and their recordings.
 *
 * @module
 */

import type { RecordingListEntry } from "@wavekeep/core/wire";
import type { Context } from "hono";
import type { VNode } from "preact";
import { askingOf } from "../asking.ts";
import { numberHead, ScrollTable } from "../components/ScrollTable.tsx";
import { renderPage, type ViewerDeps } from "../page.tsx";
import { lengthText } from "../signal/clock_text.ts";
import { ledgerPath, proofPath, recordingPath } from "../signal/recording_path.ts";

export const action = "recordings:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const session = c.get("session")!;
  const patientId = c.req.query("patient_id") || undefined;
  const after = c.req.query("after") || undefined;
  const list = await deps.query.recordings(
    askingOf(c),
    { patientId, after },
  );
  const byPatient = Map.groupBy(list.recordings, (recording) => recording.patient_id);
  return await renderPage(c, deps, {
    title: "Recordings",
    session,
    body: (
      <section class="recordings">
        <div class="heading">
          <h1>{patientId === undefined ? "Recordings" : `Recordings of ${patientId}`}</h1>
          <form method="get" action="/" class="filter" role="search">
            <label for="patient">Patient code</label>
            <input id="patient" name="patient_id" value={patientId ?? ""} autocomplete="off" />
            <button type="submit">Find</button>
            {patientId === undefined ? null : <a href="/">All patients</a>}
          </form>
        </div>
        {list.recordings.length === 0
          ? (
            <p class="empty">
              {patientId === undefined ? "No recordings yet." : "No recordings of this patient."}
              {" "}
              A device or <code>deno task simulate</code> sends one to ingest.
            </p>
          )
          : [...byPatient].map(([patient, recordings]) => (
            <PatientCard key={patient} patient={patient} recordings={recordings} />
          ))}
        {list.next === null ? null : (
          <p>
            <a class="button" href={nextPage(list.next, patientId)}>More recordings</a>
          </p>
        )}
      </section>
    ),
  });
}

function PatientCard(
  { patient, recordings }: { patient: string; recordings: readonly RecordingListEntry[] },
): VNode {
  return (
    <section class="card">
      <h2>
        <span class="muted">Patient</span> {patient}
      </h2>
      <ScrollTable
        columns={[
          "Recording",
          "Start (local time at the patient)",
          numberHead("Length"),
          numberHead("Channels"),
          numberHead("Rate"),
          numberHead("Segments"),
          numberHead("Seizure marks"),
          "Holes",
          "Status",
        ]}
      >
        {recordings.map((recording) => (
          <RecordingRow key={recording.recording_id} recording={recording} />
        ))}
      </ScrollTable>
    </section>
  );
}

function RecordingRow({ recording }: { recording: RecordingListEntry }): VNode {
  const { patient_id: patient, recording_id: code, started_at: start } = recording;
  // Open, and nothing more to come: a file that has arrived whole is not waiting for anybody.
  const status = recording.status === "open" && recording.complete ? "complete" : recording.status;
  return (
    <tr>
      <th scope="row">
        <a href={recordingPath({ patientId: patient, recordingId: code })}>{code}</a>
      </th>
      <td>
        {start === null ? <span class="muted">not known</span> : (
          <>
            {start.civil.replace("T", " ")}{" "}
            <span class="muted">{start.zone ?? "zone unknown"}</span>
          </>
        )}
      </td>
      <td class="number">{lengthText(Number(recording.duration_seconds))}</td>
      <td class="number">{recording.channel_count}</td>
      <td class="number">{recording.rates.map(rateText).join(", ")}</td>
      <td class="number">{recording.segment_count}</td>
      <td class="number">
        <SeizureCount recording={recording} />
      </td>
      <td>{holesText(recording)}</td>
      <td>
        <span class={status === "open" ? "badge open" : "badge"}>{status}</span> {recording.damaged
          ? (
            <>
              <span class="badge bad" title="Something stored does not verify; it is written down">
                damaged
              </span>
              {" "}
            </>
          )
          : null}
        <a
          class="proof-link"
          href={proofPath({ patientId: patient, recordingId: code })}
          aria-label={`Proof of ${code}`}
        >
          Proof
        </a>{" "}
        <a
          class="proof-link"
          href={ledgerPath({ patientId: patient, recordingId: code })}
          aria-label={`Reviewed: review ledger of ${code}`}
        >
          Reviewed
        </a>
      </td>
    </tr>
  );
}

function rateText(rate: { samples: string; seconds: string }): string {
  if (rate.seconds === "1") return `${rate.samples} Hz`;
  return `${rate.samples}/${rate.seconds} Hz`;
}

/** Where something is damaged, marks may be missing: none is then not known. */
function SeizureCount({ recording }: { recording: RecordingListEntry }): VNode {
  const { seizure_count: count, damaged } = recording;
  if (count > 0) return <span class="badge seizure">{damaged ? `${count} at least` : count}</span>;
  return <span class="muted">{damaged ? "not known" : "none marked"}</span>;
}

/** Pending is said apart: it is never counted as a gap. */
function holesText({ holes }: RecordingListEntry): string {
  const pending = holes.filter(({ kind }) => kind === "pending");
  const gaps = holes.filter(({ kind }) => kind !== "pending");
  const total = (of: typeof holes) =>
    lengthText(of.reduce((sum, { start, end }) => sum + Number(end) - Number(start), 0));
  const parts = [
    ...(gaps.length === 0 ? [] : [`${gaps.length} ${plural(gaps.length, "gap")}, ${total(gaps)}`]),
    ...(pending.length === 0 ? [] : [`${total(pending)} pending`]),
  ];
  return parts.length === 0 ? "none" : parts.join(" · ");
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

function nextPage(after: string, patientId: string | undefined): string {
  const query = new URLSearchParams({ after });
  if (patientId !== undefined) query.set("patient_id", patientId);
  return `/?${query}`;
}
