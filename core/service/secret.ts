/**
 * Layer 6. A text that does not show itself.
 *
 * Passwords and urls that hold one travel as Secret, so that a log line, a JSON document or a stack
 * trace prints `***`. Only `reveal()` gives the text, which makes every use easy to find.
 *
 * @module
 */
import * as z from "zod";

/** A text that prints as `***`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself; call it where it is used, never to keep it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [Symbol.for("Deno.customInspect")](): string {
    return "***";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "***";
  }
}

/** Schema of a required secret in the environment. */
export function secretText(): z.ZodPipe<z.ZodString, z.ZodTransform<Secret, string>> {
  return z.string().min(1).transform((text) => new Secret(text));
}
