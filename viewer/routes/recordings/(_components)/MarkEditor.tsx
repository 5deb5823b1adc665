/**
 * The editor of one mark, beside what it is about: label with type-ahead, text, edges, channels.
 *
 * Not modal: the page can be turned and the edges dragged while it is open. Enter saves, Escape leaves;
 * a digit while nothing is typed is the quick code of a term.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { type MarkDraft, withLabel, withTerm } from "../../../marks/mark_draft.ts";
import { findTerms, termOfDigit } from "../../../marks/term_search.ts";
import { elapsedText, parseMoment } from "../../../signal/clock_text.ts";
import { kindName, KINDS } from "../../../signal/marks.ts";
import type { MarkModel, RecordingModel } from "../../../signal/recording_model.ts";
import {
  extentOfSelection,
  NUDGE_SECONDS,
  selectionText,
  selectStretch,
} from "../../../signal/selection.ts";

/** What the editor needs. */
export interface MarkEditorProps {
  readonly draft: MarkDraft;
  readonly model: RecordingModel;
  /** Whether it stands at the left, because what it is about is at the right. */
  readonly isLeft: boolean;
  readonly onDraft: (draft: MarkDraft) => void;
  readonly onSave: (draft: MarkDraft) => void;
  readonly onClose: () => void;
}

/** The editor. */
export function MarkEditor(props: MarkEditorProps): VNode {
  const { draft, model, onDraft, onSave, onClose } = props;
  const title = draft.id === undefined ? "New mark" : "Change mark";
  return (
    <dialog
      open
      class={`mark-editor ${props.isLeft ? "at-left" : "at-right"}`}
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSave(draft);
        }}
      >
        <p class="editor-head">
          <strong>{title}</strong>
          <span class="muted">{selectionText(draft.selection, model)}</span>
        </p>
        <LabelField draft={draft} onDraft={onDraft} onSave={onSave} />
        <label>
          Text
          <input
            type="text"
            maxLength={4096}
            value={draft.text}
            onInput={(event) => onDraft({ ...draft, text: event.currentTarget.value })}
          />
        </label>
        <EdgeFields draft={draft} onDraft={onDraft} />
        <details>
          <summary>
            {kindName(draft.kind)}, {channelsText(draft, model)}
          </summary>
          <KindField draft={draft} onDraft={onDraft} />
          <ChannelFields draft={draft} model={model} onDraft={onDraft} />
        </details>
        <p class="editor-actions">
          <button type="submit" class="primary">Save</button>
          <button type="button" onClick={onClose}>Cancel</button>
        </p>
      </form>
    </dialog>
  );
}

type FieldProps = Pick<MarkEditorProps, "draft" | "onDraft">;

function LabelField(
  { draft, onDraft, onSave }: FieldProps & Pick<MarkEditorProps, "onSave">,
): VNode {
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const [active, setActive] = useState(-1);
  const [isOpen, setOpen] = useState(true);
  const offered = findTerms(draft.label);
  const isTyped = draft.label.trim() !== "" && draft.term === null;
  // What is typed leads to the first; the reader can go further down.
  const chosen = active >= 0 ? offered[active] : isTyped ? offered[0] : undefined;
  useEffect(() => {
    input.current!.focus();
    input.current!.select();
  }, []);
  const take = (term: string) => {
    onDraft(withTerm(draft, term));
    setOpen(false);
    setActive(-1);
  };
  const isShown = isOpen && draft.term === null && offered.length > 0;
  return (
    <div class="label-field">
      <label for="mark-label">Label</label>
      <input
        id="mark-label"
        ref={input}
        type="text"
        role="combobox"
        autocomplete="off"
        maxLength={200}
        placeholder="1 to 8, or type"
        aria-expanded={isShown}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={isShown && chosen !== undefined ? `${list}-${chosen.id}` : undefined}
        value={draft.label}
        onInput={(event) => {
          onDraft(withLabel(draft, event.currentTarget.value));
          setOpen(true);
          setActive(-1);
        }}
        onKeyDown={(event) => {
          const isEmpty = draft.label === "" || draft.term !== null;
          const quick = isEmpty && !event.ctrlKey && !event.altKey && !event.metaKey
            ? termOfDigit(event.key)
            : undefined;
          if (quick !== undefined) take(quick.id);
          else if (event.key === "ArrowDown" && isShown) {
            setActive(Math.min(active + 1, offered.length - 1));
          } else if (event.key === "ArrowUp" && isShown) setActive(Math.max(active - 1, -1));
          else if (event.key === "Enter") {
            onSave(isShown && chosen !== undefined ? withTerm(draft, chosen.id) : draft);
          } else return;
          event.preventDefault();
        }}
      />
      <ul id={list} role="listbox" aria-label="Labels" hidden={!isShown}>
        {isShown && offered.map((term) => (
          <li
            key={term.id}
            id={`${list}-${term.id}`}
            role="option"
            aria-selected={term === chosen}
            // Before the field loses the focus.
            onPointerDown={(event) => {
              event.preventDefault();
              take(term.id);
              input.current!.focus();
            }}
          >
            {term.code !== undefined && <kbd>{term.code}</kbd>}
            <span>{term.name}</span>
            <span class="muted">{term.group}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function EdgeFields({ draft, onDraft }: FieldProps): VNode {
  const { start, seconds } = extentOfSelection(draft.selection);
  const { rows } = draft.selection;
  const set = (from: number, length: number) =>
    onDraft({
      ...draft,
      selection: selectStretch(Math.max(0, from), Math.max(0, length), rows),
    });
  return (
    <div class="edge-fields">
      <label>
        From (elapsed)
        <input
          type="text"
          key={start}
          defaultValue={elapsedText(start)}
          onChange={(event) => {
            const from = parseMoment(event.currentTarget.value, "elapsed", undefined);
            if (from === undefined) event.currentTarget.value = elapsedText(start);
            else set(from, seconds);
          }}
          onKeyDown={(event) => {
            const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
            if (way === undefined) return;
            event.preventDefault();
            // The end stays where it is.
            const by = Math.min(
              way * NUDGE_SECONDS * (event.shiftKey ? 10 : 1),
              seconds || Infinity,
            );
            set(start + by, seconds === 0 ? 0 : seconds - by);
          }}
        />
      </label>
      <label>
        Length, s
        <input
          type="number"
          min="0"
          step="any"
          value={String(seconds)}
          onChange={(event) => set(start, Number(event.currentTarget.value) || 0)}
          onKeyDown={(event) => {
            const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
            if (way === undefined) return;
            event.preventDefault();
            set(start, seconds + way * NUDGE_SECONDS * (event.shiftKey ? 10 : 1));
          }}
        />
      </label>
    </div>
  );
}

function KindField({ draft, onDraft }: FieldProps): VNode {
  return (
    <label>
      Kind
      <select
        value={draft.kind}
        onChange={(event) =>
          onDraft({ ...draft, kind: event.currentTarget.value as MarkModel["kind"] })}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind} selected={kind === draft.kind}>{kindName(kind)}</option>
        ))}
      </select>
    </label>
  );
}

function ChannelFields(
  { draft, model, onDraft }: Pick<MarkEditorProps, "draft" | "model" | "onDraft">,
): VNode {
  const chosen = new Set(draft.selection.rows ?? []);
  return (
    <fieldset>
      <legend>Only on these channels</legend>
      {model.rows.map(({ name }, row) => (
        <label key={row}>
          <input
            type="checkbox"
            checked={chosen.has(row)}
            onChange={(event) => {
              if (event.currentTarget.checked) chosen.add(row);
              else chosen.delete(row);
              const rows = chosen.size === 0 ? null : [...chosen].sort((a, b) => a - b);
              onDraft({ ...draft, selection: { ...draft.selection, rows } });
            }}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

function channelsText({ selection: { rows } }: MarkDraft, model: RecordingModel): string {
  if (rows === null) return "all channels";
  if (rows.length > 2) return `${rows.length} channels`;
  return rows.map((row) => model.rows[row]?.name ?? "").join(", ");
}
