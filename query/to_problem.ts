/**
 * What each error means to the clients of query.
 *
 * The same error means other things in ingest: a checksum that does not hold in an upload is the
 * client's; in a chunk that we stored it is ours, and somebody's phone.
 *
 * @module
 */

import { isCoreError } from "@wavekeep/core/error";
import { ProblemError } from "@wavekeep/core/problem";
import { isStorageDamaged } from "@wavekeep/core/service";
import { AccessNotRecordedError } from "./access_grant.ts";
import type { FailedStretch } from "./failed_stretch.ts";
import { IntegrityError } from "./integrity_error.ts";

/** For `installEdge`. */
export function toQueryProblem(error: unknown): ProblemError | undefined {
  if (error instanceof IntegrityError) {
    const { thing, segmentId, stream, sequence, parameterSet } = error.key;
    return new ProblemError("integrity-failed", {
      detail: `Cannot give health data: a stored ${thing} is not what was stored`,
      extensions: {
        failed: error.step,
        ...(segmentId === undefined ? {} : { "segment_id": segmentId }),
        ...(stream === undefined ? {} : { stream }),
        ...(sequence === undefined ? {} : { sequence }),
        ...(parameterSet === undefined ? {} : { "parameter_set": parameterSet }),
        ...(error.stretches.length === 0 ? {} : { stretches: error.stretches.map(stretchJson) }),
      },
      cause: error,
    });
  }
  if (isStorageDamaged(error)) {
    return new ProblemError("integrity-failed", {
      detail: "Cannot give health data: the database cannot read what it stored",
      extensions: { failed: "storage" },
      cause: error,
    });
  }
  if (error instanceof AccessNotRecordedError) {
    return new ProblemError("store-unavailable", {
      detail: "Cannot give health data: the access could not be recorded",
      retryAfterSeconds: 2,
      cause: error,
    });
  }
  if (isCoreError(error, "InvalidSelectionError")) {
    return new ProblemError("window-invalid", { detail: error.message, cause: error });
  }
  return undefined;
}

/** Where the samples would have been: places and times, and nothing of what is stored there. */
function stretchJson(stretch: FailedStretch): Record<string, string | number> {
  return {
    "segment_id": stretch.segmentId,
    stream: stretch.stream,
    sequence: stretch.sequence,
    "first_sample": stretch.firstSample,
    "sample_count": stretch.sampleCount,
    "start_seconds": stretch.startSeconds,
    "end_seconds": stretch.endSeconds,
    failed: stretch.step,
  };
}
