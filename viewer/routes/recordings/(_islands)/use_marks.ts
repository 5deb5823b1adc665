/**
 * Marks on the reading screen: writing, changing, reviewing, undoing, and what is said of it.
 *
 * The book of marks keeps and saves them; the page's state shows them. What is not saved is said, kept,
 * and held against leaving the page.
 *
 * @module
 */

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { createMarkClient } from "../../../api/mark_client.ts";
import { anchorAt } from "../../../marks/anchor_mark.ts";
import { MarkBook } from "../../../marks/mark_book.ts";
import type { SavingState } from "../../../marks/mark_book_options.ts";
import { contentOf, draftOf, type MarkDraft, newDraft } from "../../../marks/mark_draft.ts";
import { onResumed } from "../../../seat/seat_events.ts";
import { savingText } from "../../../marks/saving_text.ts";
import { lengthText } from "../../../signal/clock_text.ts";
import type { RowLinks } from "../../../signal/linked_rows.ts";
import { markName, marksOfPage, needsReview, sourceName } from "../../../signal/marks.ts";
import type { Overlay } from "../../../signal/overlay.ts";
import type { MarkModel, RecordingModel } from "../../../signal/recording_model.ts";
import { momentText, selectPoint } from "../../../signal/selection.ts";
import { type EventJump, focusOf, neighbourOf } from "./event_queue.ts";
import type { Handlers } from "./handlers.ts";
import type { Reading } from "./use_reading.ts";
import { type Selecting, useSelection } from "./use_selection.ts";

/** Marks, as the page's parts see them. */
export interface Marks {
  readonly book: MarkBook;
  readonly saving: SavingState;
  /** What another reader did to what this one was doing. */
  readonly notice: string | undefined;
  /** What was said last, the newest at the end. */
  readonly said: readonly Sentence[];
  readonly selecting: Selecting;
  /** What is being written; undefined when no editor is open. */
  readonly draft: MarkDraft | undefined;
  readonly setDraft: (draft: MarkDraft | undefined) => void;
  readonly saveDraft: (draft: MarkDraft) => void;
  readonly annotate: () => void;
  readonly edit: (mark: MarkModel) => void;
  readonly withdraw: (mark: MarkModel) => void;
  readonly review: (mark: MarkModel, verdict: "accepted" | "rejected" | null) => void;
  /** After a verdict, the next event without one comes by itself. */
  readonly goesOn: boolean;
  readonly setGoesOn: (goesOn: boolean) => void;
  /** Somebody stored something: asks what. */
  readonly refresh: () => void;
  readonly handlers: Handlers;
}

/** Something that was said. */
export interface Sentence {
  readonly id: number;
  readonly text: string;
}

/** Sentences that stay, so that one that comes soon after does not take the word from another. */
const SAID_MAX = 4;

/** What marks need of the page. */
export interface MarksOptions {
  readonly overlay: Overlay;
  readonly links: RowLinks | undefined;
  /** Who reads, as the server calls them. */
  readonly reader: string;
  readonly goesOn: boolean;
  readonly setGoesOn: (goesOn: boolean) => void;
}

/** Opens the book of a recording's marks and answers every action that is about them. */
export function useMarks(reading: Reading, options: MarksOptions): Marks {
  const { state, current, dispatch } = reading;
  const { overlay, links, goesOn, setGoesOn } = options;
  const [said, setSaid] = useState<readonly Sentence[]>([]);
  const say = useCallback((text: string) => {
    setSaid((
      before,
    ) => [...before.slice(1 - SAID_MAX), { id: (before.at(-1)?.id ?? 0) + 1, text }]);
  }, []);
  const [written, setDraft] = useState<MarkDraft>();
  const book = useMemo(() => openBook(reading, options.reader), []);
  const [notice, setNotice] = useState<string>();
  const [saving, setSaving] = useState(book.saving);
  const latest = useRef({ goesOn });
  latest.current = { goesOn };

  useEffect(() => {
    const update = () => {
      if (book.marks !== current.current.model.marks) {
        dispatch({ type: "marks", marks: book.marks });
      }
      setSaving(book.saving);
      setNotice(book.notice);
    };
    update();
    const end = book.subscribe(update);
    return () => {
      end();
      book.close();
    };
  }, [book]);
  const savingSaid = savingText(saving);
  useEffect(() => {
    if (savingSaid !== "" && saving.pending === 0) say(savingSaid);
  }, [savingSaid]);
  const isUnsaved = saving.pending + saving.failed > 0;
  useEffect(() => saving.failed > 0 ? onResumed(() => book.retry()) : undefined, [
    book,
    saving.failed > 0,
  ]);
  useEffect(() => {
    if (!isUnsaved) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    globalThis.addEventListener("beforeunload", warn);
    return () => globalThis.removeEventListener("beforeunload", warn);
  }, [isUnsaved]);

  const named = (mark: Pick<MarkModel, "term" | "kind" | "onset">) =>
    nameOf(mark, current.current.model);

  const focus = useCallback((id: string | undefined, isShown: boolean) => {
    dispatch({ type: "focus", id, isShown });
    const mark = focusOf(current.current);
    if (mark !== undefined) say(describe(mark, momentText(mark.onset, current.current.model)));
  }, []);

  const selecting = useSelection({
    overlay,
    links,
    end: state.viewport.end,
    focus: written === undefined ? focusOf(state) : undefined,
    onMark: (id) => focus(id, false),
    onEdges: (mark, onset, duration) => {
      book.change(mark.id, { onset, duration });
      say(`${named({ ...mark, onset })} now lasts ${lengthText(duration)}.`);
    },
  });
  const { selection, select } = selecting;
  // While an editor is open, the edges of its draft are those on the page.
  const draft = written === undefined || selection === undefined
    ? written
    : { ...written, selection };

  const open = (next: MarkDraft) => {
    select(next.selection);
    setDraft(next);
  };
  const close = () => {
    setDraft(undefined);
    select(undefined);
    document.querySelector<HTMLElement>(".plot")?.focus();
  };
  const annotate = () => {
    if (draft !== undefined) return document.getElementById("mark-label")?.focus();
    const { start, seconds, end } = current.current.viewport;
    const middle = Math.min(start + seconds / 2, end);
    open(newDraft(selection ?? selectPoint(middle)));
  };
  const edit = (mark: MarkModel) => open(draftOf(mark));
  const saveDraft = (finished: MarkDraft) => {
    const content = contentOf(finished);
    const id = finished.id ?? book.add(content);
    if (finished.id !== undefined) book.change(finished.id, content);
    close();
    dispatch({ type: "focus", id, isShown: false });
    say(`${named(content)}, saving.`);
  };
  const withdraw = (mark: MarkModel) => {
    book.withdraw(mark.id);
    say(`${named(mark)} withdrawn. Undo brings it back.`);
  };
  const review = (mark: MarkModel, verdict: "accepted" | "rejected" | null) => {
    book.review(mark.id, verdict);
    dispatch({ type: "focus", id: mark.id, isShown: false });
    const done = `${named(mark)} ${verdict ?? "not reviewed any more"}.`;
    const next = verdict === null || !latest.current.goesOn
      ? undefined
      : neighbourOf(current.current, "next-unreviewed");
    if (next === undefined) return say(done);
    dispatch({ type: "focus", id: next.id, isShown: true });
    say(`${done} Next: ${describe(next, momentText(next.onset, current.current.model))}`);
  };

  /** The event a verdict is about: the one in focus, or the only one on the page without a verdict. */
  const reviewed = (): MarkModel | undefined => {
    const { model, viewport } = current.current;
    const focused = focusOf(current.current);
    if (focused !== undefined) return focused.source === "human" ? undefined : focused;
    const open = marksOfPage(model.marks, viewport).filter(needsReview);
    return open.length === 1 ? open[0] : undefined;
  };
  const verdict = (verdict: "accepted" | "rejected") => () => {
    const mark = reviewed();
    if (mark === undefined) say("No event to review is in focus: N goes to the next.");
    else review(mark, verdict);
  };
  const go = (to: EventJump) => () => {
    const event = neighbourOf(current.current, to);
    if (event !== undefined) return focus(event.id, true);
    const way = to.startsWith("next") ? "later" : "earlier";
    say(`No ${way} event${to.endsWith("unreviewed") ? " without a review" : ""} in this list.`);
  };
  const step = (step: () => string | undefined, none: string) => () => say(step() ?? none);

  const handlers: Handlers = {
    annotate,
    "next-event": go("next-event"),
    "previous-event": go("previous-event"),
    "next-unreviewed": go("next-unreviewed"),
    "previous-unreviewed": go("previous-unreviewed"),
    accept: verdict("accepted"),
    reject: verdict("rejected"),
    undo: step(() => book.undo(), "Nothing to undo."),
    redo: step(() => book.redo(), "Nothing to redo."),
    escape: () => {
      if (draft !== undefined) return close();
      if (selection !== undefined) return select(undefined);
      if (current.current.events.focusId !== undefined) {
        dispatch({ type: "focus", id: undefined, isShown: false });
      }
      // Whoever is next takes the keys back to the traces.
      return false;
    },
  };
  return {
    book,
    saving,
    notice,
    said,
    selecting,
    draft,
    setDraft: (next) => {
      if (next === undefined) return close();
      select(next.selection);
      setDraft(next);
    },
    saveDraft,
    annotate,
    edit,
    withdraw,
    review,
    goesOn,
    setGoesOn,
    // What cannot be asked now is asked with the next news.
    refresh: () => void book.refresh().catch(() => {}),
    handlers,
  };
}

function openBook({ current }: Reading, reader: string): MarkBook {
  const { model } = current.current;
  return new MarkBook({
    marks: model.marks,
    asOf: model.asOf,
    rowOfPosition: model.rowOfPosition,
    client: createMarkClient(model.patientId, model.recordingId),
    // The segments of now: a recording grows.
    anchorAt: (onset, rows) => anchorAt(current.current.model, onset, rows),
    describe: (mark) => nameOf(mark, current.current.model),
    reader,
    now: () => Date.now(),
    wait: pause,
    newId: () => crypto.randomUUID().replaceAll("-", ""),
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/** A mark in a few words. */
function nameOf(mark: Pick<MarkModel, "term" | "kind" | "onset">, model: RecordingModel): string {
  return `${markName(mark)} ${momentText(mark.onset, model)}`;
}

/** A mark as it is read out when it comes into focus. */
function describe(mark: MarkModel, moment: string): string {
  const length = mark.duration === null || mark.duration === 0
    ? ""
    : `, ${lengthText(mark.duration)}`;
  const text = mark.text.trim() === "" ? "" : `, ${mark.text.trim()}`;
  return `${markName(mark)} ${moment}${length}${text}, ${sourceName(mark)}.`;
}
