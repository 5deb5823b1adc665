// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * `GET /patients/:patient_id/recordings/:recording_id/proof`: how much of a recording is logged and signed.
 *
 * A count for people, guarded and written down like the recording itself. It is no proof: that is the export.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { keyIdBytes, parseCheckpoint, parseNote } from "@wavekeep/core/log";
import type { RecordingProof } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { negotiate } from "../negotiate.ts";
import { describeClocks } from "../proof/describe_clocks.ts";
import type { LogHead } from "../proof/proof_store.ts";
import { findRecording, grantAccess, parsePath, RecordingPath } from "./_request.ts";

const JSON_TYPE = "application/json";

export function recordingProofRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(
    "/patients/:patient_id/recordings/:recording_id/proof",
    async (c) => {
      const codes = parsePath(c, RecordingPath);
      negotiate(c.req.header("accept"), [JSON_TYPE]);
      const { siteId } = c.var.principal;
      const { recordingId } = await deps.store.read(siteId, (view) => findRecording(view, codes));
      await grantAccess(c, deps, recordingId);
      const head = await deps.proofs.head();
      const log = head === undefined ? null : describeHead(head);
      const facts = await deps.proofs.recordingFacts(siteId, {
        recordingId,
        logNumber: head?.logNumber ?? 0,
        size: log?.size ?? 0,
      });
      const proof: RecordingProof = {
        log: log && { ...log, published_at: facts.publishedAt },
        streams: facts.logged.map(({ segmentNumber, stream, count }) => ({
          segment_number: segmentNumber,
          stream,
          logged_count: count,
        })),
        segments: facts.segments.map(({ segmentNumber, keyId }) => ({
          segment_number: segmentNumber,
          key_id: keyId,
        })),
        first_received_at: facts.firstReceivedAt,
        before_log: facts.isBeforeLog,
        failures: facts.failures.map(({ segmentNumber, foundAt, ...place }) => ({
          segment_number: segmentNumber,
          ...place,
          found_at: foundAt,
        })),
        clocks: describeClocks(facts.clocks),
        erased_at: facts.erasedAt,
      };
      return c.json(proof, 200, healthHeaders(JSON_TYPE));
    },
  );
  return app;
}

/** What the signed note says; whose signatures they are is for whoever has the keys. */
function describeHead({ origin, checkpoint }: LogHead) {
  const note = parseNote(checkpoint);
  const own = note.signatures.find(({ name }) => name === origin);
  return {
    origin,
    key_id: formatHex(keyIdBytes(own?.keyId ?? 0)),
    size: parseCheckpoint(note.text).size,
    witnesses: note.signatures.flatMap(({ name }) => name === origin ? [] : name),
  };
}
