/**
 * Layer 0. The errors that core throws for bad bytes and bad requests.
 *
 * Sole owner of this vocabulary. Each service maps these to HTTP problems in its own `to_problem.ts`,
 * because the same error means different things: a wrong checksum in an upload is the client's, in a
 * stored chunk it is ours. Hazard: messages must never hold patient identity, annotation text or labels
 * that could be names; numbers and field names only.
 *
 * @module
 */

/** Bad bytes or a bad request; never a bug of ours and never a failure of the world outside. */
export abstract class CoreError extends Error {
  /** The class name, kept as a value so that it survives minification and workers. */
  abstract readonly tag: CoreErrorTag;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
  }

  override get name(): string {
    return this.tag;
  }
}

/** The input ends before what it promises. */
export class TruncatedInputError extends CoreError {
  readonly tag = "TruncatedInputError";
  /** Where the read began, in bytes from the start of the input. */
  readonly offset: number;
  readonly neededBytes: number;
  readonly availableBytes: number;

  constructor(
    message: string,
    fields: { offset: number; neededBytes: number; availableBytes: number; cause?: unknown },
  ) {
    super(message, fields);
    this.offset = fields.offset;
    this.neededBytes = fields.neededBytes;
    this.availableBytes = fields.availableBytes;
  }
}

/** The input breaks a rule of its format. */
export class CorruptInputError extends CoreError {
  readonly tag = "CorruptInputError";
  /** Bytes from the start of the input, where known. */
  readonly offset: number | undefined;
  /** The field as its format document names it. */
  readonly field: string | undefined;

  constructor(
    message: string,
    fields: { offset?: number; field?: string; cause?: unknown } = {},
  ) {
    super(message, fields);
    this.offset = fields.offset;
    this.field = fields.field;
  }
}

/** A checksum or digest does not match the bytes it covers. Values are lower-case hexadecimal. */
export class ChecksumMismatchError extends CoreError {
  readonly tag = "ChecksumMismatchError";
  readonly expected: string;
  readonly actual: string;

  constructor(message: string, fields: { expected: string; actual: string; cause?: unknown }) {
    super(message, fields);
    this.expected = fields.expected;
    this.actual = fields.actual;
  }
}

/** The input may be right, but this build does not know the version, codec or feature. */
export class UnsupportedError extends CoreError {
  readonly tag = "UnsupportedError";
  readonly feature: string;
  readonly value: string | number;

  constructor(
    message: string,
    fields: { feature: string; value: string | number; cause?: unknown },
  ) {
    super(message, fields);
    this.feature = fields.feature;
    this.value = fields.value;
  }
}

/** The caller asks for a range, channel or time that cannot be meant. */
export class InvalidSelectionError extends CoreError {
  readonly tag = "InvalidSelectionError";
}

/** A declared or requested size is above what the caller allows. Thrown before anything is allocated. */
export class LimitExceededError extends CoreError {
  readonly tag = "LimitExceededError";
  readonly limit: number;
  readonly actual: number;

  constructor(message: string, fields: { limit: number; actual: number; cause?: unknown }) {
    super(message, fields);
    this.limit = fields.limit;
    this.actual = fields.actual;
  }
}

/** One step of a codec failed; `cause` says why. */
export class CodecStepError extends CoreError {
  readonly tag = "CodecStepError";
  /** Codec and step, such as `predictive/channel 3`. */
  readonly step: string;

  constructor(message: string, fields: { step: string; cause: unknown }) {
    super(message, fields);
    this.step = fields.step;
  }
}

/** A chunk names a parameter set that its reader does not have. Nothing is wrong with the chunk. */
export class MissingParameterSetError extends CoreError {
  readonly tag = "MissingParameterSetError";
  /** Of the set that is wanted, 32 bytes. */
  readonly digest: Uint8Array;

  constructor(message: string, fields: { digest: Uint8Array; cause?: unknown }) {
    super(message, fields);
    this.digest = fields.digest;
  }
}

/** A signature is not that of the key it should be under, or covers other bytes. */
export class SignatureMismatchError extends CoreError {
  readonly tag = "SignatureMismatchError";
}

/** Every error of core by its tag; the closed list that consumers branch on. */
export interface CoreErrorByTag {
  TruncatedInputError: TruncatedInputError;
  CorruptInputError: CorruptInputError;
  ChecksumMismatchError: ChecksumMismatchError;
  UnsupportedError: UnsupportedError;
  InvalidSelectionError: InvalidSelectionError;
  LimitExceededError: LimitExceededError;
  CodecStepError: CodecStepError;
  MissingParameterSetError: MissingParameterSetError;
  SignatureMismatchError: SignatureMismatchError;
}

export type CoreErrorTag = keyof CoreErrorByTag;

const TAGS: ReadonlySet<string> = new Set<CoreErrorTag>([
  "TruncatedInputError",
  "CorruptInputError",
  "ChecksumMismatchError",
  "UnsupportedError",
  "InvalidSelectionError",
  "LimitExceededError",
  "CodecStepError",
  "MissingParameterSetError",
  "SignatureMismatchError",
]);

/**
 * Tells whether a value is an error of core, and of which tag.
 *
 * Looks at the tag and not at the class, so it also answers for what {@link toPlainError} sent out of
 * a worker.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { isCoreError, LimitExceededError } from "@wavekeep/core/error";
 *
 * const err: unknown = new LimitExceededError("Cannot decode: too many", { limit: 1, actual: 2 });
 * if (isCoreError(err, "LimitExceededError")) strictEqual(err.actual, 2);
 * strictEqual(isCoreError(new Error("other")), false);
 * ```
 */
export function isCoreError(err: unknown): err is CoreError;
export function isCoreError<Tag extends CoreErrorTag>(
  err: unknown,
  tag: Tag,
): err is CoreErrorByTag[Tag];
export function isCoreError(err: unknown, tag?: CoreErrorTag): boolean {
  if (typeof err !== "object" || err === null) return false;
  const found = (err as { tag?: unknown }).tag;
  return typeof found === "string" && (tag === undefined ? TAGS.has(found) : found === tag);
}

/**
 * Copies an error into a plain object that `postMessage` carries without loss, causes included.
 *
 * @returns `{ tag, name, message, … }` with the typed fields; `isCoreError` accepts it.
 */
export function toPlainError(err: CoreError): Record<string, unknown> {
  const plain: Record<string, unknown> = { ...err, name: err.name, message: err.message };
  if (isCoreError(err.cause)) plain.cause = toPlainError(err.cause);
  return plain;
}
