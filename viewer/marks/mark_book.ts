/**
 * The marks of a recording as one reader works with them.
 *
 * Sole owner of what the screen shows of marks. Every edit shows at once and is saved at once, as a
 * version or a review of its own; undoing one is another. When another reader stored a version first,
 * theirs is read and ours put on top, and `notice` says so. Nothing here knows of time, network or screen:
 * they come as options.
 *
 * @module
 */

import type { Verdict } from "@wavekeep/core/recording";
import type { AnnotationJson, AnnotationList } from "@wavekeep/core/wire";
import type { MarkModel } from "../signal/recording_model.ts";
import { decimalText, inverseOf, isIdle, type MarkPatch } from "./mark_edit.ts";
import type { MarkBookOptions, MarkFields, SavingState } from "./mark_book_options.ts";
import { type Edit, MarkLedger, type PendingEdit } from "./mark_ledger.ts";
import { compareMarks, markOf, positionsOf } from "./mark_of.ts";
import { type MarkVersion, markVersions } from "./mark_versions.ts";
import { saveEdit } from "./save_edit.ts";
import { type JobOutcome, SaveQueue } from "./save_queue.ts";
import { replaceMark } from "./sorted_marks.ts";
import { UndoStack } from "./undo_stack.ts";

/** A step of undo: what was done and what takes it back. */
interface Step {
  readonly id: string;
  readonly what: string;
  readonly edit: Edit;
  readonly inverse: Edit;
}

/** As many marks changed at once are cheaper to list anew. */
const MANY_MARKS = 50;

/** The book. */
export class MarkBook {
  readonly #options: MarkBookOptions;
  readonly #ledger: MarkLedger;
  readonly #queue: SaveQueue;
  readonly #steps = new UndoStack<Step>();
  readonly #listeners = new Set<() => void>();
  /** What is in `#marks`, by id. */
  readonly #shown = new Map<string, MarkModel>();
  #marks: readonly MarkModel[];
  #asOf: string;
  #lastSavedAt: number | undefined;
  #notice: string | undefined;
  #refreshing: Promise<void> | undefined;
  #hasNews = false;
  #savedCount = 0;

  constructor(options: MarkBookOptions) {
    this.#options = options;
    this.#asOf = options.asOf;
    this.#marks = options.marks;
    this.#ledger = new MarkLedger({
      name: options.reader,
      now: () => new Date(options.now()).toISOString(),
    });
    for (const mark of options.marks) {
      this.#ledger.learn({ mark, status: "active" });
      this.#shown.set(mark.id, mark);
    }
    this.#queue = new SaveQueue({
      wait: options.wait,
      changed: (markId) => this.#show([...this.#ledger.unsaved, markId]),
    });
  }

  /** Marks that are not withdrawn, by onset; another array whenever anything of one changed. */
  get marks(): readonly MarkModel[] {
    return this.#marks;
  }

  get saving(): SavingState {
    return { ...this.#queue.state, lastSavedAt: this.#lastSavedAt };
  }

  /** What the reader must be told, such as that another one was first; undefined once it was taken. */
  get notice(): string | undefined {
    return this.#notice;
  }

  get canUndo(): boolean {
    return this.#steps.canUndo;
  }

  get canRedo(): boolean {
    return this.#steps.canRedo;
  }

  /** Calls `listener` after every change, until the function that is returned is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The notice was read. */
  takeNotice(): void {
    this.#notice = undefined;
    this.#tell();
  }

  /** Makes a mark and returns its id. */
  add(fields: MarkFields): string {
    const { reader, newId, anchorAt, rowOfPosition } = this.#options;
    const { onset, duration, rows } = fields;
    const draft: MarkModel = {
      ...fields,
      id: newId(),
      source: "human",
      author: reader,
      authorRole: "clinician",
      method: null,
      review: null,
      version: 0,
      recordedAt: null,
      saving: "saving",
      anchor: anchorAt(onset, rows),
      durationText: duration === null ? null : decimalText(duration),
      channels: positionsOf(rows, rowOfPosition),
    };
    this.#ledger.learn({ mark: draft, status: "withdrawn" });
    this.#patch(draft.id, "made", { status: "active" });
    return draft.id;
  }

  /** Changes a mark: whoever made it, the new version is this reader's. */
  change(id: string, fields: Partial<MarkFields>): void {
    const mark = this.#ledger.stateOf(id)?.mark;
    if (mark === undefined) return;
    const { onset, duration, rows } = { ...mark, ...fields };
    const { anchorAt, rowOfPosition } = this.#options;
    this.#patch(id, "onset" in fields || "duration" in fields ? "moved" : "changed", {
      ...fields,
      ...("onset" in fields && onset !== mark.onset ? { anchor: anchorAt(onset, rows) } : {}),
      ...("duration" in fields && duration !== mark.duration
        ? { durationText: duration === null ? null : decimalText(duration) }
        : {}),
      ...("rows" in fields ? { channels: positionsOf(rows, rowOfPosition) } : {}),
    });
  }

  /** Takes a mark away; its versions stay. */
  withdraw(id: string): void {
    this.#patch(id, "withdrawn", { status: "withdrawn" });
  }

  /** States what this reader makes of a mark; null takes it back. */
  review(id: string, verdict: Verdict | null): void {
    if (this.#ledger.stateOf(id) === undefined) return;
    const inverse = { verdict: this.#ledger.verdictOf(id) };
    this.#do({ id, what: verdict ?? "left unreviewed", edit: { verdict }, inverse });
  }

  /** Takes back what was done last, by a version or review of its own; says what that was. */
  undo(): string | undefined {
    const step = this.#steps.undo();
    return step && this.#repeat(step, step.inverse, "Undone");
  }

  /** Does again what was undone last. */
  redo(): string | undefined {
    const step = this.#steps.redo();
    return step && this.#repeat(step, step.edit, "Done again");
  }

  /** Sends what failed or was refused once more, with the same ids. */
  retry(): void {
    this.#queue.retry();
  }

  /** Gives up what is not saved of a mark: it is shown as the server has it. */
  discard(id: string): void {
    this.#ledger.drop(id);
    this.#steps.forget((step) => step.id === id);
    this.#queue.discard(id);
  }

  /** Takes in what the server says, newest versions of some marks or of all. */
  merge(list: AnnotationList): void {
    for (const annotation of list.annotations) this.#learn(annotation);
    if (Date.parse(list.as_of) > Date.parse(this.#asOf)) this.#asOf = list.as_of;
    this.#show(list.annotations.map(({ annotation_id: id }) => id));
  }

  /** Asks the server what changed, and takes it in; news that come meanwhile are asked for after that. */
  refresh(): Promise<void> {
    this.#hasNews = true;
    this.#refreshing ??= this.#catchUp().finally(() => this.#refreshing = undefined);
    return this.#refreshing;
  }

  /** Every version of a mark, the first one first, with who made it and what readers said of it. */
  async versions(id: string): Promise<readonly MarkVersion[]> {
    const found = await this.#options.client.versions(id);
    return found === undefined ? [] : markVersions(found);
  }

  /** Resolves when nothing is being sent. */
  settled(): Promise<void> {
    return this.#queue.settled();
  }

  /** No further attempt to save is made. */
  close(): void {
    this.#queue.close();
    this.#listeners.clear();
  }

  async #catchUp(): Promise<void> {
    while (this.#hasNews) {
      this.#hasNews = false;
      const savedBefore = this.#savedCount;
      const list = await this.#options.client.changes(this.#asOf);
      // An answer from before something was saved would take that back.
      if (this.#savedCount === savedBefore) this.merge(list);
      else this.#hasNews = true;
    }
  }

  #patch(id: string, what: string, fields: MarkPatch): void {
    const state = this.#ledger.stateOf(id);
    if (state === undefined || isIdle(state, fields)) return;
    // What a person changed is no longer what a detector, a device or a file said.
    const isOthers = state.mark.source !== "human" && fields.status === undefined;
    const patch: MarkPatch = isOthers ? { ...fields, source: "human", method: null } : fields;
    this.#do({ id, what, edit: { patch }, inverse: { patch: inverseOf(state, patch) } });
  }

  #do(step: Step): void {
    this.#steps.push(step);
    this.#apply(step.id, step.edit);
  }

  #repeat({ id, what }: Step, edit: Edit, word: string): string {
    const { mark } = this.#ledger.stateOf(id)!;
    this.#apply(id, edit);
    return `${word}: ${this.#options.describe(mark)} ${what}`;
  }

  #apply(id: string, edit: Edit): void {
    const pending = this.#ledger.push(id, edit);
    this.#queue.push({ markId: id, send: () => this.#send(id, pending) });
    this.#show([id]);
  }

  async #send(id: string, pending: PendingEdit): Promise<JobOutcome> {
    if (!this.#ledger.isPending(id, pending)) return "saved";
    const { client, newId } = this.#options;
    const outcome = await saveEdit(
      {
        ledger: this.#ledger,
        client,
        newId,
        learn: (annotation) => this.#learn(annotation),
        overtaken: (newest) => this.#overtaken(newest),
      },
      id,
      pending,
    );
    if (outcome === "saved" && this.#ledger.isPending(id, pending)) {
      this.#ledger.saved(id, pending);
      this.#savedCount++;
      this.#lastSavedAt = this.#options.now();
    }
    return outcome;
  }

  #overtaken({ annotation_id: id, status }: AnnotationJson): void {
    const mark = this.#options.describe(this.#ledger.savedOf(id)!.mark);
    this.#notice = status === "withdrawn"
      ? `Another reader withdrew ${mark}; your change is kept with its versions`
      : `Another reader changed ${mark} first; your change is put on top of theirs`;
  }

  #learn(annotation: AnnotationJson): void {
    const mark = markOf(annotation, this.#options.rowOfPosition);
    if (mark !== undefined) this.#ledger.learn({ mark, status: annotation.status });
  }

  /** Brings `marks` up to date for some ids, and tells. What did not change keeps its identity. */
  #show(ids: Iterable<string>): void {
    const changes: { before: MarkModel | undefined; after: MarkModel | undefined }[] = [];
    for (const id of ids) {
      const state = this.#ledger.stateOf(id);
      const saving = this.#queue.stateOf(id);
      const after = state?.status === "active" ? { ...state.mark, saving } : undefined;
      const before = this.#shown.get(id);
      if (JSON.stringify(before) === JSON.stringify(after)) continue;
      if (after === undefined) this.#shown.delete(id);
      else this.#shown.set(id, after);
      changes.push({ before, after });
    }
    if (changes.length > MANY_MARKS) {
      this.#marks = [...this.#shown.values()].sort(compareMarks);
    } else {
      for (const { before, after } of changes) {
        this.#marks = replaceMark(this.#marks, before, after);
      }
    }
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
