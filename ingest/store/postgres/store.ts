/**
 * The ingest store on PostgreSQL.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import type { IngestStore } from "../ingest_store.ts";
import { putAnnotations } from "./annotations.ts";
import { putChunkGroup } from "./chunks.ts";
import { putClockObservations } from "./clock_observations.ts";
import { findParameterSet, parameterSetRoom, putParameterSet } from "./parameter_sets.ts";
import { createSegmentProgresses } from "./progress.ts";
import { quarantineChunk } from "./quarantine.ts";
import {
  closeRecording,
  findOpened,
  findPatient,
  findRecording,
  putPatient,
  putRecording,
} from "./recordings.ts";
import { putReviews } from "./reviews.ts";
import { findSegment, listSegments, putSegment } from "./segments.ts";
import { putSource } from "./sources.ts";
import { putStatements } from "./statements.ts";
import { translate } from "./transaction.ts";

/** What readers listen on; the payload is numbers of recordings, with commas between them. */
export const COMMIT_CHANNEL = "wavekeep_commit";

/**
 * @param pool Connections of role `wavekeep_writer`, from `openPool`.
 */
export function postgresStore(pool: pg.Pool): IngestStore {
  const progresses = createSegmentProgresses();
  const putGroup: IngestStore["putChunkGroup"] = async (requests) => {
    const results = await putChunkGroup(pool, requests);
    for (const chunks of results) progresses.committed(chunks);
    return results;
  };
  return {
    findRecording: (siteId, codes) => findRecording(pool, siteId, codes),
    findOpened: (siteId, codes) => findOpened(pool, siteId, codes),
    findPatient: (siteId, patientCode) => findPatient(pool, siteId, patientCode),
    putPatient: (sender, patient) => putPatient(pool, sender, patient),
    putRecording: (sender, recording) => putRecording(pool, sender, recording),
    closeRecording: (sender, close) => closeRecording(pool, sender, close),
    putSegment: (sender, segment) => putSegment(pool, sender, segment),
    findSegment: (siteId, segmentId) => findSegment(pool, siteId, segmentId),
    listSegments: (siteId, recordingId) => listSegments(pool, siteId, recordingId),
    putChunks: async (sender, chunks, sets = []) => {
      const [results] = await putGroup([{ sender, chunks, sets }]);
      return results!;
    },
    putChunkGroup: putGroup,
    putParameterSet: (sender, set) => putParameterSet(pool, sender, set),
    findParameterSet: (siteId, recordingId, digest) =>
      findParameterSet(pool, siteId, recordingId, digest),
    parameterSetRoom: (siteId, recordingId, wanted) =>
      parameterSetRoom(pool, siteId, recordingId, wanted),
    quarantineChunk: (sender, chunk) => quarantineChunk(pool, sender, chunk),
    putAnnotations: (sender, recordingId, annotations) =>
      putAnnotations(pool, sender, recordingId, annotations),
    putReviews: (sender, recordingId, reviews) => putReviews(pool, sender, recordingId, reviews),
    putClockObservations: (sender, recordingId, observations) =>
      putClockObservations(pool, sender, recordingId, observations),
    putStatements: (sender, segment, statements) =>
      putStatements(pool, sender, segment, statements),
    putSource: (sender, recordingId, source) => putSource(pool, sender, recordingId, source),
    segmentProgress: (siteId, segment) => progresses.of(pool, siteId, segment),
    announce: (notifyNumbers) => announce(pool, notifyNumbers),
  };
}

/** A payload has fewer than 8,000 bytes, and a number at most 19 digits and a comma. */
const NUMBERS_PER_NOTIFICATION = 390;

async function announce(pool: pg.Pool, notifyNumbers: readonly string[]): Promise<void> {
  const payloads: string[] = [];
  for (let start = 0; start < notifyNumbers.length; start += NUMBERS_PER_NOTIFICATION) {
    payloads.push(notifyNumbers.slice(start, start + NUMBERS_PER_NOTIFICATION).join(","));
  }
  try {
    await prepared(
      pool,
      "select pg_notify($1, payload) from unnest($2::text[]) as payload",
      [COMMIT_CHANNEL, payloads],
    );
  } catch (error) {
    throw translate(error);
  }
}
