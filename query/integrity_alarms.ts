/**
 * What fails its check while it is read is written down: an event row, once, beside the log line.
 *
 * Sole owner of how often. A damaged second on a page is read again with every turn of the page, and one
 * row says it all; so a process tells of each thing once an hour. Nobody waits for the row: the answer is a
 * problem either way, and when the row cannot be written the log still has it.
 *
 * @module
 */

import { BoundedMap, type Logger } from "@wavekeep/core/service";
import type { FailedStretch } from "./failed_stretch.ts";
import type { IntegrityError } from "./integrity_error.ts";
import type { AuditStore, FindingRecord } from "./store/audit_store.ts";

const AGAIN_MS = 3_600_000;

/** Findings remembered; one that was forgotten is told once more. */
const REMEMBERED_MAX = 20_000;

/** Tells of findings. */
export class IntegrityAlarms {
  readonly #audit: Pick<AuditStore, "recordFinding">;
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  readonly #told = new BoundedMap<string, number>(REMEMBERED_MAX);
  #count = 0;

  constructor(
    audit: Pick<AuditStore, "recordFinding">,
    logger: Logger,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#audit = audit;
    this.#logger = logger;
    this.#nowMs = nowMs;
  }

  /** Findings told since this process began. */
  get count(): number {
    return this.#count;
  }

  /** Writes down what an error names. */
  raise(siteId: number, error: IntegrityError): void {
    const stretches = error.stretches.length === 0 ? [undefined] : error.stretches;
    for (const stretch of stretches) {
      const finding = findingOf(siteId, error, stretch);
      if (!this.#isNew(JSON.stringify(finding))) continue;
      this.#count++;
      const { recordingId, segmentNumber, stream, sequence, detail } = finding;
      const place = { recordingId, segmentNumber, stream, sequence, ...detail };
      this.#logger.error("integrity failed", { ...place, error });
      this.#audit.recordFinding(finding).catch((error: unknown) => {
        this.#told.clear();
        this.#logger.error("integrity finding not written down", { ...place, error });
      });
    }
  }

  #isNew(name: string): boolean {
    const now = this.#nowMs();
    const toldAt = this.#told.get(name);
    if (toldAt !== undefined && now - toldAt < AGAIN_MS) return false;
    this.#told.set(name, now);
    return true;
  }
}

function findingOf(
  siteId: number,
  { step, key }: IntegrityError,
  stretch: FailedStretch | undefined,
): FindingRecord {
  return {
    siteId,
    recordingId: key.recordingId,
    segmentNumber: stretch?.segmentNumber ?? null,
    stream: stretch?.stream ?? key.stream ?? null,
    sequence: stretch?.sequence ?? key.sequence ?? null,
    detail: {
      thing: key.thing,
      failed: stretch?.step ?? step,
      ...(stretch === undefined
        ? {}
        : { "start_seconds": stretch.startSeconds, "end_seconds": stretch.endSeconds }),
      ...(key.annotationId === undefined ? {} : { "annotation_id": key.annotationId }),
      ...(key.parameterSet === undefined ? {} : { "parameter_set": key.parameterSet }),
    },
  };
}
