/**
 * A de-identified recording: what it holds, where it has gaps, which marks stand, and the way to take it out.
 *
 * @module
 */

import { mayDo } from "@wavekeep/core/service";
import type { ResearchDetail, ResearchMarks } from "@wavekeep/core/wire";
import type { Context } from "hono";
import type { VNode } from "preact";
import { researchEdfPath } from "../../../api/research_client.ts";
import { askingOf } from "../../../asking.ts";
import { numberHead, ScrollTable } from "../../../components/ScrollTable.tsx";
import { renderPage, type ViewerDeps } from "../../../page.tsx";
import { elapsedText, lengthText } from "../../../signal/clock_text.ts";
import { rateText } from "../(_components)/research_words.ts";

export const action = "research:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const session = c.get("session")!;
  const patientId = c.req.param("patient") ?? "";
  const recordingId = c.req.param("recording") ?? "";
  const asking = askingOf(c);
  const [detail, { annotations }] = await Promise.all([
    deps.research.recording(asking, patientId, recordingId),
    deps.research.marks(asking, patientId, recordingId),
  ]);
  const { started_at: start } = detail;
  return await renderPage(c, deps, {
    title: `Research recording ${recordingId}`,
    session,
    body: (
      <article class="admin research">
        <div class="heading">
          <div>
            <h1>
              Recording <code>{recordingId}</code>
            </h1>
            <p class="muted">
              Patient <code>{patientId}</code> ·{" "}
              {start === null ? "start not known" : `${start.civil.replace("T", " ")} (shifted)`} ·
              {" "}
              {lengthText(Number(detail.duration_seconds))}
            </p>
          </div>
          {mayDo(session.principal.role, "research:export")
            ? (
              <a class="button primary" href={researchEdfPath(patientId, recordingId)} download>
                Download as EDF+
              </a>
            )
            : null}
        </div>
        <p class="muted">
          Samples are exact; who takes them out, and when, is written down. Trying to find out whose
          they are is not what was allowed.
        </p>
        <SegmentTable detail={detail} />
        <HoleList detail={detail} />
        <MarkTable marks={annotations} />
        <p>
          <a href="/research">All recordings for research</a>
        </p>
      </article>
    ),
  });
}

function SegmentTable({ detail }: { detail: ResearchDetail }): VNode {
  const streams = detail.segments.flatMap((segment) =>
    segment.streams.map((stream) => ({ segment, ...stream }))
  );
  return (
    <section class="card" aria-labelledby="streams">
      <h2 id="streams">What it holds</h2>
      <ScrollTable
        labelledBy="streams"
        columns={[
          numberHead("Segment"),
          "From – to",
          numberHead("Stream"),
          numberHead("Rate"),
          "Channels",
        ]}
      >
        {streams.map(({ segment, stream, rate, channels }) => (
          <tr key={`${segment.segment_number}/${stream}`}>
            <td class="number">{segment.segment_number}</td>
            <td>
              {elapsedText(Number(segment.start_seconds))} –{" "}
              {elapsedText(Number(segment.end_seconds))}
            </td>
            <td class="number">{stream}</td>
            <td class="number">{rateText(rate)}</td>
            <td class="scopes">
              {channels.map(({ label }) =>
                label
              ).join(", ")}
            </td>
          </tr>
        ))}
      </ScrollTable>
    </section>
  );
}

function HoleList({ detail: { holes } }: { detail: ResearchDetail }): VNode {
  if (holes.length === 0) return <p>There is no gap in it.</p>;
  return (
    <section class="card" aria-labelledby="holes">
      <h2 id="holes">Gaps</h2>
      <ul class="card-body">
        {holes.map(({ start, end, kind }) => (
          <li key={start}>
            {elapsedText(Number(start))} – {elapsedText(Number(end))} ({kind})
          </li>
        ))}
      </ul>
    </section>
  );
}

function MarkTable({ marks }: { marks: ResearchMarks["annotations"] }): VNode {
  if (marks.length === 0) return <p>Nobody has marked anything.</p>;
  return (
    <section class="card" aria-labelledby="marks">
      <h2 id="marks">Marks</h2>
      <ScrollTable
        labelledBy="marks"
        columns={["Onset, from the start", "Kind", numberHead("Duration")]}
      >
        {marks.map(({ kind, onset_seconds: onset, duration_seconds: duration }, index) => (
          <tr key={index}>
            <td>{elapsedText(Number(onset))}</td>
            <th scope="row">{kind}</th>
            <td class="number">{duration === null ? "–" : lengthText(Number(duration))}</td>
          </tr>
        ))}
      </ScrollTable>
    </section>
  );
}
