/**
 * The editor of one mark, beside what it is about: label with type-ahead, text, edges, channels.
 *
 * Not modal: the page can be turned and the edges dragged while it is open. Enter saves, Escape leaves;
 * a digit while nothing is typed is the quick code of a term.
 *
 * @module
 */

import type { VNode } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type MarkDraft, withLabel, withTerm } from "../../../marks/mark_draft.ts";
import { findTerms, termOfDigit } from "../../../marks/term_search.ts";
import { elapsedText } from "../../../signal/clock_text.ts";
import { understandTime } from "../../../signal/go_to_time.ts";
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
  const { draft, model, onSave, onClose } = props;
  // Keys come faster than renderings.
  const newest = useRef(draft);
  newest.current = draft;
  const read = () => newest.current;
  const onDraft = (next: MarkDraft) => {
    newest.current = next;
    props.onDraft(next);
  };
  const title = draft.id === undefined ? "New mark" : "Change mark";
  return (
    <div
      role="dialog"
      class={`mark-editor ${props.isLeft ? "at-left" : "at-right"}`}
      aria-label={title}
      onKeyDown={(event) => {
        // Keys in here are not the page's.
        event.stopPropagation();
        if (event.key !== "Escape") return;
        event.preventDefault();
        onClose();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSave(read());
        }}
      >
        <p class="editor-head">
          <strong>{title}</strong>
          <span class="muted">{selectionText(draft.selection, model)}</span>
        </p>
        <LabelField draft={draft} read={read} onDraft={onDraft} onSave={onSave} />
        <label>
          Text
          <input
            type="text"
            maxLength={4096}
            value={draft.text}
            onInput={(event) => onDraft({ ...read(), text: event.currentTarget.value })}
          />
        </label>
        <EdgeFields draft={draft} read={read} model={model} onDraft={onDraft} />
        <details>
          <summary>
            {kindName(draft.kind)}, {channelsText(draft, model)}
          </summary>
          <KindField draft={draft} read={read} onDraft={onDraft} />
          <ChannelFields draft={draft} read={read} model={model} onDraft={onDraft} />
        </details>
        <p class="editor-actions">
          <button type="submit" class="primary">Save</button>
          <button type="button" onClick={onClose}>Cancel</button>
        </p>
      </form>
    </div>
  );
}

interface FieldProps extends Pick<MarkEditorProps, "draft" | "onDraft"> {
  /** The draft with every key that was pressed, ahead of what was rendered last. */
  readonly read: () => MarkDraft;
}

function LabelField(
  { draft, read, onDraft, onSave }: FieldProps & Pick<MarkEditorProps, "onSave">,
): VNode {
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const [active, setActive] = useState(-1);
  const [isOpen, setOpen] = useState(true);
  const offered = findTerms(draft.label);
  // What is typed leads to the first; the reader can go further down.
  const chosenOf = ({ label, term }: MarkDraft) => {
    if (term !== null) return undefined;
    if (active >= 0) return offered[active];
    return label.trim() === "" ? undefined : findTerms(label)[0];
  };
  const chosen = chosenOf(draft);
  // Before the next key is pressed.
  useLayoutEffect(() => {
    input.current!.focus();
    input.current!.select();
  }, []);
  const take = (term: string) => {
    onDraft(withTerm(read(), term));
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
          onDraft(withLabel(read(), event.currentTarget.value));
          setOpen(true);
          setActive(-1);
        }}
        onKeyDown={(event) => {
          const newest = read();
          const isEmpty = newest.label === "" || newest.term !== null;
          const quick = isEmpty && !event.ctrlKey && !event.altKey && !event.metaKey
            ? termOfDigit(event.key)
            : undefined;
          if (quick !== undefined) take(quick.id);
          else if (event.key === "ArrowDown" && isShown) {
            setActive(Math.min(active + 1, offered.length - 1));
          } else if (event.key === "ArrowUp" && isShown) setActive(Math.max(active - 1, -1));
          else if (event.key === "Enter") {
            const term = isOpen ? chosenOf(newest) : undefined;
            onSave(term === undefined ? newest : withTerm(newest, term.id));
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

function EdgeFields(
  { draft, read, model, onDraft }: FieldProps & Pick<MarkEditorProps, "model">,
): VNode {
  const { start, seconds } = extentOfSelection(draft.selection);
  const set = (change: (start: number, seconds: number) => readonly [number, number]) => {
    const newest = read();
    const { start, seconds } = extentOfSelection(newest.selection);
    const [from, length] = change(start, seconds);
    const { rows } = newest.selection;
    onDraft({ ...newest, selection: selectStretch(Math.max(0, from), Math.max(0, length), rows) });
  };
  return (
    <div class="edge-fields">
      <EdgeField
        label="From"
        text={`+${elapsedText(start)}`}
        onText={(text) => {
          const answer = understandTime(text, { model, here: start });
          const [place] = answer.kind === "places" ? answer.places : [];
          if (place !== undefined) set((_, seconds) => [place.seconds, seconds]);
        }}
        // The end stays where it is.
        onNudge={(step) =>
          set((start, seconds) => {
            const by = seconds === 0 ? step : Math.min(step, seconds);
            return [start + by, seconds === 0 ? 0 : seconds - by];
          })}
      />
      <EdgeField
        label="Length, s"
        text={String(seconds)}
        onText={(text) => {
          const length = Number(text);
          if (Number.isFinite(length)) set((start) => [start, length]);
        }}
        onNudge={(step) => set((start, seconds) => [start, seconds + step])}
      />
    </div>
  );
}

interface EdgeFieldProps {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** Arrows: so many seconds more. */
  readonly onNudge: (step: number) => void;
}

function EdgeField({ label, text, onText, onNudge }: EdgeFieldProps): VNode {
  const [typed, setTyped] = useState<string>();
  return (
    <label>
      {label}
      <input
        type="text"
        inputMode="decimal"
        autocomplete="off"
        value={typed ?? text}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onChange={(event) => {
          onText(event.currentTarget.value);
          setTyped(undefined);
        }}
        onKeyDown={(event) => {
          const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
          if (way === undefined) return;
          event.preventDefault();
          onNudge(way * NUDGE_SECONDS * (event.shiftKey ? 10 : 1));
        }}
      />
    </label>
  );
}

function KindField({ draft, read, onDraft }: FieldProps): VNode {
  return (
    <label>
      Kind
      <select
        value={draft.kind}
        onChange={(event) =>
          onDraft({ ...read(), kind: event.currentTarget.value as MarkModel["kind"] })}
      >
        {KINDS.filter((kind) => kind !== "clip" || kind === draft.kind).map((kind) => (
          <option key={kind} value={kind} selected={kind === draft.kind}>{kindName(kind)}</option>
        ))}
      </select>
    </label>
  );
}

function ChannelFields(
  { draft, read, model, onDraft }: FieldProps & Pick<MarkEditorProps, "model">,
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
              const newest = read();
              onDraft({ ...newest, selection: { ...newest.selection, rows } });
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
