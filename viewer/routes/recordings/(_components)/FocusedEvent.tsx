/**
 * The event in focus: what it is, what readers said of it, and everything that can be done to it.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { MarkVersion } from "../../../marks/mark_versions.ts";
import { timeOfDay } from "../../../marks/saving_text.ts";
import { lengthText } from "../../../signal/clock_text.ts";
import { markName, markText, sourceName } from "../../../signal/marks.ts";
import type { MarkModel, RecordingModel } from "../../../signal/recording_model.ts";
import { momentText } from "../../../signal/selection.ts";
import { Icon } from "./Icon.tsx";
import type { Marks } from "../(_islands)/use_marks.ts";

/** What it needs. */
export interface FocusedEventProps {
  readonly mark: MarkModel;
  readonly model: RecordingModel;
  readonly marks: Marks;
}

/** The card. */
export function FocusedEvent({ mark, model, marks }: FocusedEventProps): VNode {
  const [hasHistory, setHistory] = useState(false);
  const verdict = mark.review?.verdict;
  return (
    <div class="focused" role="group" aria-label="Event in focus">
      <p>
        <strong>{markText(mark)}</strong>
        <span class="muted">
          {" "}
          {momentText(mark.onset, model)} · {sourceName(mark)}
        </span>
      </p>
      {mark.source !== "human" && (
        <div class="panel-tools">
          {(["accepted", "rejected"] as const).map((wanted) => (
            <button
              key={wanted}
              type="button"
              aria-pressed={verdict === wanted}
              onClick={() => marks.review(mark, verdict === wanted ? null : wanted)}
            >
              <Icon name={wanted} /> {wanted === "accepted" ? "Accept" : "Reject"}
            </button>
          ))}
          <label class="goes-on">
            <input
              type="checkbox"
              checked={marks.goesOn}
              onChange={(event) => marks.setGoesOn(event.currentTarget.checked)}
            />
            then next
          </label>
        </div>
      )}
      <div class="panel-tools">
        <button type="button" class="quiet" onClick={() => marks.edit(mark)}>Change</button>
        <button type="button" class="quiet" onClick={() => marks.withdraw(mark)}>Withdraw</button>
        <button
          type="button"
          class="quiet"
          aria-expanded={hasHistory}
          onClick={() => setHistory(!hasHistory)}
        >
          Versions
        </button>
      </div>
      {mark.saving === "failed" && (
        <p class="bad">
          Not saved, kept here.{" "}
          <button type="button" onClick={() => marks.book.discard(mark.id)}>Give it up</button>
        </p>
      )}
      {hasHistory && <History mark={mark} model={model} marks={marks} />}
    </div>
  );
}

/** Who said what, and when: every version and every verdict. */
function History({ mark, model, marks }: FocusedEventProps): VNode {
  const [versions, setVersions] = useState<readonly MarkVersion[]>();
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let isGone = false;
    marks.book.versions(mark.id).then(
      (found) => !isGone && setVersions(found),
      (error) => !isGone && setProblem(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      isGone = true;
    };
  }, [mark]);
  if (problem !== "") return <p class="muted" role="status">Versions cannot be read: {problem}.</p>;
  if (versions === undefined) return <p class="muted">Reading the versions…</p>;
  return (
    <ol class="versions" aria-label="Versions, newest first">
      {versions.toReversed().map((version) => (
        <li key={version.version}>
          <strong>{version.version}. {versionText(version)}</strong>
          <span>
            {version.onset === null ? "no place" : momentText(version.onset, model)}
            {version.duration === null ? "" : ` · ${lengthText(version.duration)}`}
          </span>
          <span class="muted">
            {version.author || version.authorRole} · {momentOfSaving(version.recordedAt)}
          </span>
          {version.reviews.map(({ verdict, by, at }) => (
            <span key={at} class="muted">
              {verdict ?? "review taken back"} · {by} · {momentOfSaving(at)}
            </span>
          ))}
        </li>
      ))}
    </ol>
  );
}

function versionText(version: MarkVersion): string {
  const name = markName(version);
  const text = version.text.trim();
  const words = text === "" || text === name ? name : `${name}: ${text}`;
  return version.status === "withdrawn" ? `Withdrawn: ${words}` : words;
}

function momentOfSaving(at: string): string {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? at : `${at.slice(0, 10)} ${timeOfDay(ms)}`;
}
