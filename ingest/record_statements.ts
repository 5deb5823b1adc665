/**
 * Recording what a device states of a stream: samples that will never come, or its end.
 *
 * Sole owner of the check that a statement's sequences and samples say the same. A statement is as
 * permanent as a chunk: a stream has one end, and chunks that are stored stay in front of it.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import {
  encodeLossRecord,
  gridRange,
  lossRecordDigest,
  lossRecordSignatureMessage,
  sequenceOfSample,
} from "@wavekeep/core/chunk";
import { verifyEd25519 } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import { ProblemError, type ProblemItem } from "@wavekeep/core/problem";
import type { Done, StatementsRequest } from "@wavekeep/core/wire";
import { requireOwner } from "./check_chunk.ts";
import { requireSigned, signatureInvalid } from "./check_signature.ts";
import type { IngestDeps } from "./deps.ts";
import { type LeafScope, statementLeaf } from "./leaf.ts";
import { refuseMisfits } from "./misfits.ts";
import { recordingSecrets } from "./recording_key.ts";
import { doneOrConflict } from "./repeatable.ts";
import type { KnownSegment } from "./segment_directory.ts";
import type {
  NewStatement,
  Repeatable,
  Sender,
  StatementOutcome,
  StoredSegment,
} from "./store/ingest_store.ts";

type StatementInput = StatementsRequest["statements"][number];

/** `POST /segments/:segment_id/statements`: all are stored, or none. */
export async function recordStatements(
  deps: IngestDeps,
  sender: Sender,
  segmentId: string,
  { statements }: StatementsRequest,
): Promise<Done> {
  const known = await findSegment(deps, sender, segmentId);
  requireOwner(known, sender);
  const errors = statements.flatMap((statement, index) =>
    statementErrors(known.segment, statement, `/body/statements/${index}`)
  );
  refuseMisfits(errors);
  for (const statement of statements) await requireSignedStatement(deps, known.segment, statement);
  const scope = {
    siteId: sender.siteId,
    recordingId: known.recording.recordingId,
    secrets: await recordingSecrets(deps.keyStore, known.recording),
    atMicros: deps.clock.nowMicros(),
  };
  const rows = statements.map((statement) => toRow(statement, scope, known.segment.segmentId));
  const outcomes = await deps.store.putStatements(sender, known.segment, rows);
  const pointer = (index: number) => `/body/statements/${index}/statement_id`;
  refuseContradiction(outcomes);
  const done = doneOrConflict(outcomes as Repeatable[], pointer);
  if (done.status === "stored") deps.announcer.announce(known.recording.notifyNumber);
  return done;
}

/** @throws {ProblemError} `segment-not-found`, the same whether it never was or is another site's. */
export async function findSegment(
  deps: Pick<IngestDeps, "segments">,
  sender: Sender,
  segmentId: string,
): Promise<KnownSegment> {
  const known = await deps.segments.find(sender.siteId, parseHex(segmentId, 16));
  if (known === undefined) throw segmentNotFound();
  return known;
}

export function segmentNotFound(): ProblemError {
  return new ProblemError("segment-not-found", { detail: "There is no such segment" });
}

function toRow(
  statement: StatementInput,
  scope: LeafScope,
  segmentId: Uint8Array,
): NewStatement {
  const facts = factsOf(statement);
  return {
    statementId: statement.statement_id,
    ...facts,
    signature: signatureOf(statement),
    atMicros: scope.atMicros,
    leaf: statementLeaf(scope, { ...facts, segmentId }),
  };
}

/** What a statement says of its stream: the fields of its record, but for the segment. */
function factsOf(statement: StatementInput) {
  return {
    stream: statement.stream,
    kind: statement.kind,
    firstSequence: statement.first_sequence,
    sequenceCount: statement.sequence_count,
    firstSample: statement.first_sample,
    sampleCount: statement.sample_count,
    reason: statement.reason,
  };
}

function signatureOf({ signature }: StatementInput): Uint8Array | null {
  return signature === null ? null : Uint8Array.fromBase64(signature);
}

/** @throws {ProblemError | SignatureMismatchError} It is not signed as its segment asks. */
async function requireSignedStatement(
  deps: Pick<IngestDeps, "deviceKeys" | "sha256">,
  segment: StoredSegment,
  statement: StatementInput,
): Promise<void> {
  const signature = signatureOf(statement);
  await requireSigned(deps, segment, { isSigned: signature !== null, isInRun: false });
  if (segment.signing === null || signature === null) return;
  const record = encodeLossRecord({ ...factsOf(statement), segmentId: segment.segmentId });
  const message = lossRecordSignatureMessage(lossRecordDigest(record, deps.sha256));
  if (!verifyEd25519(segment.signing.publicKey, message, signature)) {
    throw signatureInvalid(`${statement.kind} record of stream ${statement.stream}`);
  }
}

/** What of a statement does not fit its stream, with pointers below `base`. */
function statementErrors(
  segment: StoredSegment,
  statement: StatementInput,
  base: string,
): ProblemItem[] {
  const stream = segment.streams.find(({ stream }) => stream === statement.stream);
  if (stream === undefined) {
    return [{ detail: "segment has no such stream", pointer: `${base}/stream` }];
  }
  const { kind, first_sequence, sequence_count, first_sample, sample_count } = statement;
  const isEnd = kind === "end";
  const errors: ProblemItem[] = [];
  if ((sequence_count === 0) !== isEnd || (sample_count === 0) !== isEnd) {
    const detail = isEnd
      ? "an end counts nothing: sequence_count and sample_count must be 0"
      : "a loss counts something: sequence_count and sample_count must be above 0";
    return [{ detail, pointer: `${base}/sequence_count` }];
  }
  try {
    const endSequence = first_sequence + sequence_count;
    if (isEnd) {
      // The last second may be cut off, so the end lies in it or on its far edge.
      const before = first_sequence === 0 ? 0 : gridRange(stream.rate, first_sequence - 1).start;
      const after = first_sequence === 0 ? 0 : gridRange(stream.rate, first_sequence - 1).end;
      if (first_sample > after || (first_sequence > 0 && first_sample <= before)) {
        const detail =
          `sequence ${first_sequence} ends a stream at sample ${after} or within the ` +
          `second before, not at ${first_sample}`;
        errors.push({ detail, pointer: `${base}/first_sample` });
      }
    } else {
      // A loss may begin within a second that was cut off.
      const isWithin = sequenceOfSample(stream.rate, first_sample) === first_sequence;
      const last = first_sample + sample_count - 1;
      if (!isWithin || sequenceOfSample(stream.rate, last) !== endSequence - 1) {
        const { start } = gridRange(stream.rate, first_sequence);
        const { end } = gridRange(stream.rate, endSequence - 1);
        const detail = `sequences ${first_sequence} to ${endSequence} cover samples ${start} to ` +
          `${end}, not ${first_sample} to ${last + 1}`;
        errors.push({ detail, pointer: `${base}/first_sample` });
      }
    }
  } catch (error) {
    if (!isCoreError(error)) throw error;
    errors.push({ detail: error.message, pointer: `${base}/first_sample` });
  }
  return errors;
}

function refuseContradiction(outcomes: readonly StatementOutcome[]): void {
  const errors = outcomes.flatMap((outcome, index) =>
    outcome === "contradiction"
      ? [{
        detail: "another end is stated, or chunks are stored beyond this one",
        pointer: `/body/statements/${index}/first_sequence`,
      }]
      : []
  );
  if (errors.length === 0) return;
  throw new ProblemError("statement-conflict", {
    detail: "A statement contradicts what is stored; nothing of the request was stored",
    errors,
  });
}
