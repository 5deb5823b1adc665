/**
 * What was done, so that it can be undone and done again. Pure: it holds steps, and does nothing.
 *
 * @module
 */

/** Steps remembered at most; the oldest goes first. */
const STEPS_MAX = 1000;

/** Done steps and undone steps. A new step forgets what was undone. */
export class UndoStack<Step> {
  readonly #done: Step[] = [];
  #undone: Step[] = [];

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  push(step: Step): void {
    this.#done.push(step);
    if (this.#done.length > STEPS_MAX) this.#done.shift();
    this.#undone = [];
  }

  /** The step to be undone, or undefined when there is none. */
  undo(): Step | undefined {
    const step = this.#done.pop();
    if (step !== undefined) this.#undone.push(step);
    return step;
  }

  /** The step to be done again, or undefined when there is none. */
  redo(): Step | undefined {
    const step = this.#undone.pop();
    if (step !== undefined) this.#done.push(step);
    return step;
  }

  /** Forgets the steps that `isGone` names, wherever they are. */
  forget(isGone: (step: Step) => boolean): void {
    this.#done.splice(0, this.#done.length, ...this.#done.filter((step) => !isGone(step)));
    this.#undone = this.#undone.filter((step) => !isGone(step));
  }
}
