/**
 * De-identified recordings, for researchers: the site's pseudonyms, shifted dates, and nothing that was written.
 *
 * @module
 */

import type { ResearchListEntry } from "@wavekeep/core/wire";
import type { Context } from "hono";
import type { VNode } from "preact";
import { researchEdfPath } from "../../api/research_client.ts";
import { askingOf } from "../../asking.ts";
import { numberHead, ScrollTable } from "../../components/ScrollTable.tsx";
import { renderPage, type ViewerDeps } from "../../page.tsx";
import { lengthText } from "../../signal/clock_text.ts";
import { rateText, researchPath } from "./(_components)/research_words.ts";

export const action = "research:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const list = await deps.research.recordings(askingOf(c), c.req.query("after") || undefined);
  const count = list.recordings.length;
  return await renderPage(c, deps, {
    title: "Recordings for research",
    session: c.get("session")!,
    body: (
      <article class="admin research">
        <div class="heading">
          <h1>Recordings for research</h1>
        </div>
        <p class="muted">
          De-identified: codes are this site's pseudonyms, dates are shifted by days that the site
          keeps to itself, texts of marks are left out. Only closed recordings of patients who allow
          research are here.
        </p>
        {count === 0
          ? <p class="empty">No recording is open to research yet.</p>
          : <RecordingTable recordings={list.recordings} />}
        {list.next === null ? null : (
          <p class="more">
            <a class="button" href={`/research?after=${encodeURIComponent(list.next)}`}>
              More recordings
            </a>
          </p>
        )}
      </article>
    ),
  });
}

function RecordingTable({ recordings }: { recordings: readonly ResearchListEntry[] }): VNode {
  return (
    <section class="card">
      <ScrollTable
        label="Recordings"
        caption="De-identified recordings by patient"
        columns={[
          "Patient",
          "Recording",
          "Start (shifted)",
          numberHead("Length"),
          numberHead("Channels"),
          numberHead("Rate"),
          numberHead("Segments"),
          numberHead("Marks"),
          numberHead("Seizures"),
          "Take out",
        ]}
      >
        {recordings.map((entry) => {
          const { patient_id: patient, recording_id: recording, started_at: start } = entry;
          return (
            <tr key={`${patient}/${recording}`}>
              <td>
                <code>{patient}</code>
              </td>
              <th scope="row">
                <a href={researchPath(patient, recording)}>
                  <code>{recording}</code>
                </a>
              </th>
              <td>
                {start === null
                  ? <span class="muted">not known</span>
                  : start.civil.replace("T", " ")}
              </td>
              <td class="number">{lengthText(Number(entry.duration_seconds))}</td>
              <td class="number">{entry.channel_count}</td>
              <td class="number">{entry.rates.map(rateText).join(", ")}</td>
              <td class="number">{entry.segment_count}</td>
              <td class="number">{entry.annotation_count}</td>
              <td class="number">{entry.seizure_count}</td>
              <td>
                <a
                  href={researchEdfPath(patient, recording)}
                  download
                  aria-label={`${recording} as EDF+`}
                >
                  EDF+
                </a>
              </td>
            </tr>
          );
        })}
      </ScrollTable>
    </section>
  );
}
