/**
 * The review ledger of a recording: reviewed by whom, which seconds, when, at which montage and scale, how late.
 *
 * For auditors as well: they see no recording, so the axis ends where the last reviewed second does.
 *
 * @module
 */

import { mayDo } from "@wavekeep/core/service";
import type { Viewing, ViewingLedger, ViewingReader } from "@wavekeep/core/wire";
import type { Context } from "hono";
import type { VNode } from "preact";
import { actorText } from "../../../../admin/event_words.ts";
import { roleName } from "../../../../admin/roles.ts";
import { secondText, spanText } from "../../../../admin/time_text.ts";
import { askingOf } from "../../../../asking.ts";
import { numberHead, ScrollTable, sortedHead } from "../../../../components/ScrollTable.tsx";
import { renderPage, type ViewerDeps } from "../../../../page.tsx";
import { ledgerPath, recordingPath } from "../../../../signal/recording_path.ts";
import { shareText } from "../../../../signal/share_text.ts";
import {
  lagText,
  liveWords,
  montageText,
  scaleText,
  settingsText,
  stretchText,
} from "../../../../viewings/viewing_words.ts";
import { LedgerTimeline } from "../../(_components)/LedgerTimeline.tsx";

export const action = "viewings:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const session = c.get("session")!;
  const patientId = c.req.param("patient") ?? "";
  const recordingId = c.req.param("recording") ?? "";
  const codes = { patientId, recordingId };
  const asking = askingOf(c);
  const mayRead = mayDo(session.principal.role, "recordings:read");
  const [ledger, detail] = await Promise.all([
    deps.query.viewings(asking, patientId, recordingId, c.req.query("after")),
    mayRead ? deps.query.recording(asking, patientId, recordingId) : undefined,
  ]);
  const seconds = detail && Number(detail.duration_seconds);
  return await renderPage(c, deps, {
    title: `Review ledger of ${patientId} ${recordingId}`,
    session,
    body: (
      <article class="admin audit ledger">
        <div class="heading">
          <div>
            <h1>Review ledger of recording {recordingId}</h1>
            <p class="muted">
              Patient {patientId}
              {seconds === undefined ? "" : ` · ${spanText(seconds)} long`}
              {" · as of "}
              {secondText(ledger.as_of)} (UTC)
            </p>
          </div>
          {mayRead ? <a class="button" href={recordingPath(codes)}>Back to the traces</a> : null}
        </div>
        <p class="live-looks">{liveWords(ledger.live)}</p>
        {ledger.readers.length === 0
          ? <p class="empty" role="status">Nobody has had a second of it on screen.</p>
          : (
            <>
              <LedgerTimeline readers={ledger.readers} endSeconds={seconds} />
              <ReaderTable readers={ledger.readers} seconds={seconds} />
              <ViewingTable ledger={ledger} />
            </>
          )}
        {ledger.next === null ? null : (
          <p class="more">
            <a
              class="button"
              href={`${ledgerPath(codes)}?after=${encodeURIComponent(ledger.next)}`}
            >
              Older rows
            </a>
          </p>
        )}
        <p class="muted">
          A row is a stretch that was painted and could be seen for a second at least, as the page
          in the reader's browser says: visible, and with no dialog and no lock above it. It does
          not say that somebody looked. Late: how old the newest second of the stretch was when it
          came on screen; recorded: nothing more was to come by then. Times are by the server's
          clock.
        </p>
      </article>
    ),
  });
}

function ReaderTable(
  { readers, seconds }: { readers: readonly ViewingReader[]; seconds: number | undefined },
): VNode {
  return (
    <section class="card">
      <ScrollTable
        label="Readers"
        caption="Readers, whoever was there last first"
        columns={[
          "Who",
          "Role",
          "First (UTC)",
          "Last (UTC)",
          numberHead("Of the recording"),
          seconds === undefined ? null : numberHead("Share"),
          numberHead("Rows"),
          numberHead("Live looks"),
        ]}
      >
        {readers.map((reader) => (
          <tr key={reader.actor}>
            <Who of={reader} />
            <td>{reader.roles.map(roleName).join(", ")}</td>
            <td>{secondText(reader.first_at)}</td>
            <td>{secondText(reader.last_at)}</td>
            <td class="number">{spanText(reader.seconds)}</td>
            {seconds === undefined
              ? null
              : <td class="number">{shareText(reader.seconds / Math.max(1, seconds))}</td>}
            <td class="number">{reader.viewings}</td>
            <td class="number">{reader.live_viewings}</td>
          </tr>
        ))}
      </ScrollTable>
    </section>
  );
}

function ViewingTable({ ledger }: { ledger: ViewingLedger }): VNode {
  return (
    <section class="card">
      <ScrollTable
        label="Rows of the ledger"
        caption="Rows of the ledger, the newest first"
        columns={[
          sortedHead("On screen (UTC)", "descending"),
          "Who",
          "Seconds, from the start",
          numberHead("For"),
          "Late",
          "Montage",
          "Scale",
          "Filters and rows",
        ]}
      >
        {ledger.viewings.map((viewing) => <Row key={viewing.viewing_id} viewing={viewing} />)}
      </ScrollTable>
    </section>
  );
}

function Row({ viewing }: { viewing: Viewing }): VNode {
  const { display } = viewing;
  return (
    <tr>
      <td>{secondText(viewing.shown_at)}</td>
      <Who of={viewing} />
      <td>{stretchText(viewing)}</td>
      <td class="number">{spanText(viewing.shown_seconds)}</td>
      <td>{lagText(viewing.live_lag_seconds)}</td>
      <td>{montageText(display)}</td>
      <td>{scaleText(display)}</td>
      <td class="scopes">{settingsText(display)}</td>
    </tr>
  );
}

function Who({ of }: { of: Pick<Viewing, "actor" | "person"> }): VNode {
  return (
    <th scope="row">
      {actorText(of)}
      {of.person === null ? null : <span class="muted">{` ${of.person.login}`}</span>}
    </th>
  );
}
