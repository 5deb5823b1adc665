/**
 * The query store on PostgreSQL, by the reader role.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import { checkSchemaVersion, prepared, withSite } from "@wavekeep/core/service";
import type pg from "pg";
import type { QueryStore, SiteView } from "../query_store.ts";
import { selectAnnotations, selectMarks, selectMarkVersions } from "./annotations.ts";
import { selectChunks, selectLengths, selectRuns } from "./chunks.ts";
import { readConsent, readResearchPatients } from "./consents.ts";
import { readCoverage } from "./coverage.ts";
import { look, readChunkPage } from "./look.ts";
import { selectParameterSet } from "./parameter_sets.ts";
import { selectLinks, selectRecordingAt } from "./links.ts";
import { selectRecording, selectRecordings, selectSegmentOwner } from "./recordings.ts";
import { instant } from "./rows.ts";
import { selectShapes } from "./shapes.ts";
import { selectLedger } from "./viewings.ts";

/** Reads through a pool of `wavekeep_reader` connections opened with `rawRows`; a replica's will do. */
export function postgresQueryStore(pool: pg.Pool): QueryStore {
  return {
    read: (siteId, fn) => withSite(pool, siteId, async (client) => fn(await viewOf(client))),
    look: (siteId, recordingId, scopes, options) =>
      look(pool, siteId, recordingId, scopes, options),
    chunkPage: (siteId, scope, limit) => readChunkPage(pool, siteId, scope, limit),
    coverage: (siteId, recordingId) => readCoverage(pool, siteId, recordingId),
    parameterSet: (siteId, recordingId, digest) =>
      withSite(pool, siteId, (client) => selectParameterSet(client, recordingId, digest)),
    consent: (siteId, scope, personId) => readConsent(pool, siteId, scope, personId),
    researchPatients: (siteId) => readResearchPatients(pool, siteId),
    checkReady: async () => {
      await checkSchemaVersion(pool);
    },
  };
}

async function viewOf(client: pg.PoolClient): Promise<SiteView> {
  const { rows: [found] } = await prepared<{ asOf: string; incarnation: number }>(
    client,
    `select ${instant("clock_timestamp()")} as "asOf",
      (select max(incarnation) from wavekeep.incarnation) as "incarnation"`,
  );
  return {
    asOf: found!.asOf,
    incarnation: found!.incarnation,
    recordings: (page) => selectRecordings(client, page),
    recording: (codes) => selectRecording(client, codes),
    recordingAt: (codes, moment) => selectRecordingAt(client, codes, moment),
    links: (recordingId) => selectLinks(client, recordingId),
    segment: (segmentId) => selectSegmentOwner(client, parseHex(segmentId)),
    shapes: (recordingIds) => selectShapes(client, recordingIds),
    runs: (scopes) => selectRuns(client, scopes),
    lengths: (scope) => selectLengths(client, scope),
    chunks: (scope, limit) => selectChunks(client, scope, limit),
    annotations: (recordingIds) => selectAnnotations(client, recordingIds),
    marks: (recordingId, choice) => selectMarks(client, recordingId, choice),
    ledger: (recordingId, page) => selectLedger(client, recordingId, page),
    markVersions: (recordingId, annotationId) =>
      selectMarkVersions(client, recordingId, annotationId),
  };
}
