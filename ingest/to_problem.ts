// deno-lint-ignore-file camelcase -- problem members of the wire are snake_case
/**
 * What the errors of core mean to those who send to ingest: bytes they sent are theirs to repair.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { PatientErasedError } from "@wavekeep/core/crypto";
import { type CoreError, isCoreError } from "@wavekeep/core/error";
import { ProblemError } from "@wavekeep/core/problem";
import { StorageViolationError, StoreUnavailableError } from "./store/store_errors.ts";

/** Hexadecimal digits of a SHA-256; a CRC-32C is shown with 8. */
const DIGEST_DIGITS = 64;

/** The problem an error stands for, or undefined when core/service knows better. */
export function toProblem(error: unknown): ProblemError | undefined {
  if (error instanceof StoreUnavailableError) {
    return new ProblemError("store-unavailable", { retryAfterSeconds: 2, cause: error });
  }
  if (error instanceof StorageViolationError) {
    return new ProblemError("storage-violation", {
      detail: "A write was neither stored nor refused; nothing is acknowledged",
      cause: error,
    });
  }
  if (error instanceof PatientErasedError) {
    return new ProblemError("patient-erased", {
      detail: "A code that was erased is not used again",
      cause: error,
    });
  }
  return isCoreError(error) ? coreProblem(error) : undefined;
}

function coreProblem(error: CoreError): ProblemError {
  const cause = error;
  const detail = error.message;
  if (isCoreError(error, "TruncatedInputError")) {
    const extensions = { offset: error.offset, needed_bytes: error.neededBytes };
    return new ProblemError("chunk-truncated", { detail, extensions, cause });
  }
  if (isCoreError(error, "ChecksumMismatchError")) {
    const isDigest = error.expected.length === DIGEST_DIGITS;
    const extensions = { expected: error.expected, actual: error.actual };
    const slug = isDigest ? "sample-digest-mismatch" : "checksum-mismatch";
    return new ProblemError(slug, { detail, extensions, cause });
  }
  if (isCoreError(error, "UnsupportedError")) {
    const extensions = { feature: error.feature, value: error.value };
    const slug = error.feature === "codec" ? "unsupported-codec" : "unsupported-version";
    return new ProblemError(slug, { detail, extensions, cause });
  }
  if (isCoreError(error, "LimitExceededError")) {
    const extensions = { limit: error.limit, actual: error.actual };
    return new ProblemError("chunk-too-large", { detail, extensions, cause });
  }
  if (isCoreError(error, "MissingParameterSetError")) {
    const extensions = { parameter_set: formatHex(error.digest) };
    return new ProblemError("parameter-set-missing", { detail, extensions, cause });
  }
  if (isCoreError(error, "SignatureMismatchError")) {
    return new ProblemError("signature-invalid", { detail, cause });
  }
  if (isCoreError(error, "InvalidSelectionError")) {
    return new ProblemError("off-grid", { detail, cause });
  }
  return new ProblemError("chunk-corrupt", { detail, cause });
}
