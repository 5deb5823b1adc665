/**
 * What stands over the page while marking: the bar of a selection, the editor, and what is said.
 *
 * @module
 */

import type { VNode } from "preact";
import { savingText } from "../../../marks/saving_text.ts";
import { extentOfSelection, selectionText } from "../../../signal/selection.ts";
import type { ReadingState } from "../(_islands)/reading_state.ts";
import type { Marks } from "../(_islands)/use_marks.ts";
import { MarkEditor } from "./MarkEditor.tsx";

/** What it needs. */
export interface MarkBarProps {
  readonly state: ReadingState;
  readonly marks: Marks;
}

/** The bar, the editor and the live region. */
export function MarkBar({ state, marks }: MarkBarProps): VNode {
  const { model, viewport } = state;
  const { draft, said, selecting: { selection, select, isPickingEdge, pickEdge } } = marks;
  const middle = viewport.start + viewport.seconds / 2;
  return (
    <>
      <div class="sr-only" role="log" aria-label="What was done to marks" id="marks-said">
        {said.map(({ id, text }) => <p key={id}>{text}</p>)}
      </div>
      {selection !== undefined && draft === undefined && (
        <div class="selection-bar" role="group" aria-label="Selection">
          <span>{selectionText(selection, model)}</span>
          <button type="button" class="primary" onClick={marks.annotate}>Annotate</button>
          <button
            type="button"
            aria-pressed={isPickingEdge}
            onClick={() =>
              pickEdge(!isPickingEdge)}
          >
            {isPickingEdge ? "Click the other edge" : "Other edge"}
          </button>
          <button
            type="button"
            onClick={() =>
              select(undefined)}
          >
            Clear
          </button>
        </div>
      )}
      {draft !== undefined && (
        <MarkEditor
          draft={draft}
          model={model}
          isLeft={extentOfSelection(draft.selection).start >= middle}
          onDraft={marks.setDraft}
          onSave={marks.saveDraft}
          onClose={() => marks.setDraft(undefined)}
        />
      )}
    </>
  );
}

/** Marks that are not saved, and what another reader did meanwhile: said until it is over. */
export function MarkNotices({ marks }: Pick<MarkBarProps, "marks">): VNode {
  const { saving, notice, book } = marks;
  return (
    <>
      {saving.failed > 0 && (
        <p class="notice bad" role="alert" id="marks-unsaved">
          {savingText(saving)}.
          <button type="button" onClick={() => book.retry()}>Try again</button>
        </p>
      )}
      {notice !== undefined && (
        <p class="notice" role="alert">
          {notice}.
          <button type="button" onClick={() => book.takeNotice()}>I have seen it</button>
        </p>
      )}
    </>
  );
}
