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

const files = new WeakMap<Secret, string>();

/** Notes which file a secret was read from. */
export function cameFrom(secret: Secret, path: string): void {
  files.set(secret, path);
}

/** The file that a secret was read from; undefined when it came otherwise. */
export function fileOf(secret: Secret): string | undefined {
  return files.get(secret);
}

/** Schema of a required secret in the environment. */
export function secretText(): z.ZodPipe<z.ZodString, z.ZodTransform<Secret, string>> {
  return z.string().min(1).transform((text) => new Secret(text));
}
