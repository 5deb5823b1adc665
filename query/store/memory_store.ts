/**
 * The query store and the audit store in memory: the same contract, with faults on demand.
 *
 * For tests, and for showing the routes without a database. Rows are what PostgreSQL would hold, sealed
 * bodies included, so that everything above the store runs as it is.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { runsOfChunks } from "../window/runs_of_chunks.ts";
import type { ToldAccess } from "@wavekeep/core/service";
import type {
  AccessRecord,
  AuditReadRecord,
  AuditStore,
  ExportRecord,
  FindingRecord,
} from "./audit_store.ts";
import type {
  ConsentScope,
  QueryStore,
  RecordingLook,
  SequenceScope,
  SiteView,
  StoredAnnotation,
  StoredChunk,
  StoredConsent,
  StoredCoverage,
  StoredParameterSet,
  StoredRecording,
  StoredReview,
  StoredSegment,
  StoredStatement,
  StoredStream,
} from "./query_store.ts";

/** A recording's rows. Tests may add to them and damage them. */
export interface MemoryRecording {
  readonly recording: StoredRecording;
  readonly segments: StoredSegment[];
  readonly streams: Omit<StoredStream, "last">[];
  readonly statements: StoredStatement[];
  readonly annotations: StoredAnnotation[];
  /** In the order in which they were stored. */
  readonly reviews: StoredReview[];
  readonly chunks: StoredChunk[];
  /** By hexadecimal digest. */
  readonly parameterSets: Map<string, StoredParameterSet>;
  /** When each chunk counts as received. */
  readonly receivedAt: string;
}

/** A query store whose rows are in plain sight. */
export class MemoryQueryStore implements QueryStore {
  readonly recordings: MemoryRecording[] = [];
  /** What patients allow, by `site/patient code`; the default where there is none. */
  readonly consents = new Map<string, Pick<StoredConsent, "care" | "research">>();
  /** Who broke the glass: `person patient code`. */
  readonly brokenGlass = new Set<string>();
  /** Consents asked for so far. */
  consentsRead = 0;
  /** The moment of every view. */
  asOf = "2026-11-21T00:00:00.000000Z";
  /** As if backups had been restored. */
  incarnation = 1;
  /** Thrown by every read while set. */
  fault: Error | undefined;
  /** Chunk bodies read so far. */
  bodiesRead = 0;
  /** Looks at recordings so far. */
  looks = 0;
  /** Parameter sets asked for so far. */
  setsRead = 0;
  /** Coverages asked for so far. */
  coveragesRead = 0;

  read<T>(siteId: number, fn: (view: SiteView) => Promise<T>): Promise<T> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    return fn(this.#viewOf(siteId));
  }

  async look(
    siteId: number,
    recordingId: string,
    scopes: readonly SequenceScope[],
    { bodies }: { readonly bodies: boolean },
  ): Promise<RecordingLook | undefined> {
    const rows = this.recordings.find(({ recording }) =>
      recording.siteId === siteId && recording.recordingId === recordingId
    );
    this.looks++;
    return await this.read(siteId, async (view) => {
      if (rows === undefined) return undefined;
      const { segments, streams, statements } = (await view.shapes([recordingId])).get(
        recordingId,
      )!;
      const runs = await view.runs(scopes);
      const chunks = await Promise.all(
        scopes.map((scope) => bodies ? view.chunks(scope, scope.end - scope.start) : undefined),
      );
      return {
        standing: {
          asOf: view.asOf,
          incarnation: view.incarnation,
          segmentCount: segments.length,
          statementCount: statements.length,
          isClosed: rows.recording.isClosed,
          streams: streams.map(({ segmentNumber, stream, last }) => ({
            segmentNumber,
            stream,
            last,
          })),
        },
        scopes: scopes.map((_, index) => ({ runs: runs[index]!, chunks: chunks[index] })),
      };
    });
  }

  chunkPage(siteId: number, scope: SequenceScope, limit: number): Promise<StoredChunk[]> {
    return this.read(siteId, (view) => view.chunks(scope, limit));
  }

  coverage(siteId: number, recordingId: string): Promise<StoredCoverage> {
    this.coveragesRead++;
    return this.read(siteId, async (view) => {
      const shape = (await view.shapes([recordingId])).get(recordingId)!;
      const marks = (await view.annotations([recordingId])).get(recordingId)!;
      const rows = this.recordings.find(({ recording }) =>
        recording.siteId === siteId && recording.recordingId === recordingId
      );
      return {
        asOf: this.asOf,
        streams: shape.streams.map((stream) => {
          const { segmentId, startSeconds } = shape.segments.find((segment) =>
            segment.segmentNumber === stream.segmentNumber
          )!;
          const { rateSamples, rateSeconds, last } = stream;
          return {
            segmentId,
            startSeconds,
            stream: stream.stream,
            rateSamples,
            rateSeconds,
            last: last && { sequence: last.sequence, sampleCount: last.sampleCount },
          };
        }),
        activeAnnotations: marks.filter(({ status }) => status === "active").length,
        annotationRevision: (rows?.annotations.length ?? 0) + (rows?.reviews.length ?? 0),
      };
    });
  }

  parameterSet(
    siteId: number,
    recordingId: string,
    digest: Uint8Array,
  ): Promise<StoredParameterSet | undefined> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    this.setsRead++;
    const rows = this.recordings.find(({ recording }) =>
      recording.siteId === siteId && recording.recordingId === recordingId
    );
    return Promise.resolve(rows?.parameterSets.get(formatHex(digest)));
  }

  consent(
    siteId: number,
    scope: ConsentScope,
    personId: string | null,
  ): Promise<StoredConsent | undefined> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    this.consentsRead++;
    const found = this.recordings.find(({ recording }) =>
      recording.siteId === siteId &&
      ("recordingId" in scope
        ? recording.recordingId === scope.recordingId
        : recording.patientCode === scope.patientCode)
    );
    return Promise.resolve(found && this.#consentOf(found.recording, personId));
  }

  researchPatients(siteId: number): Promise<string[]> {
    const codes = [...this.consents].flatMap(([name, { care, research }]) => {
      const [site, code] = name.split("/");
      const isGiven = Number(site) === siteId && care === "allowed" && research === "allowed";
      return isGiven ? [code!] : [];
    });
    return Promise.resolve(codes.sort());
  }

  checkReady(): Promise<void> {
    return this.fault === undefined ? Promise.resolve() : Promise.reject(this.fault);
  }

  #consentOf(
    { siteId, patientCode }: Pick<StoredRecording, "siteId" | "patientCode">,
    personId: string | null,
  ): StoredConsent {
    const { care, research } = this.consents.get(`${siteId}/${patientCode}`) ??
      { care: "allowed", research: "denied" };
    return { care, research, isGlassOpen: this.brokenGlass.has(`${personId} ${patientCode}`) };
  }

  #viewOf(siteId: number): SiteView {
    const own = this.recordings.filter(({ recording }) => recording.siteId === siteId);
    const byId = (id: string) => own.find(({ recording }) => recording.recordingId === id);
    const inScope = (scope: SequenceScope) =>
      (byId(scope.recordingId)?.chunks ?? [])
        .filter((chunk) => isIn(scope, chunk))
        .sort((a, b) => a.sequence - b.sequence);
    return {
      asOf: this.asOf,
      incarnation: this.incarnation,
      recordings: ({ patientCode, after, limit, personId = null }) =>
        Promise.resolve(
          own.map(({ recording }) => recording)
            .filter((recording) => {
              const { care, isGlassOpen } = this.#consentOf(recording, personId);
              return care === "allowed" || isGlassOpen;
            })
            .filter((recording) =>
              patientCode === undefined || recording.patientCode === patientCode
            )
            .filter((recording) => after === undefined || compareCodes(recording, after) > 0)
            .sort(compareCodes).slice(0, limit),
        ),
      recording: (codes) =>
        Promise.resolve(
          own.map(({ recording }) => recording)
            .find((recording) => compareCodes(recording, codes) === 0),
        ),
      // Nothing is reassigned in memory: every recording is what it was opened as.
      recordingAt: (codes) =>
        Promise.resolve(
          own.map(({ recording }) => recording)
            .find((recording) => compareCodes(recording, codes) === 0),
        ),
      links: (recordingId) => {
        const { patientCode, recordingCode } = byId(recordingId)!.recording;
        const opening = { version: 1, patientCode, recordingCode, reason: null, actor: null };
        return Promise.resolve([{ ...opening, since: this.asOf }]);
      },
      segment: (segmentId) => {
        for (const { recording, segments } of own) {
          const segment = segments.find((segment) => segment.segmentId === segmentId);
          if (segment === undefined) continue;
          return Promise.resolve({ recording, segmentNumber: segment.segmentNumber });
        }
        return Promise.resolve(undefined);
      },
      shapes: (ids) =>
        Promise.resolve(
          new Map(ids.map((id) => {
            const rows = byId(id);
            return [id, {
              segments: rows?.segments ?? [],
              streams: (rows?.streams ?? []).map((stream) => ({
                ...stream,
                last: lastOf(rows!, stream),
              })),
              statements: (rows?.statements ?? []).toSorted((a, b) =>
                a.segmentNumber - b.segmentNumber || a.stream - b.stream ||
                a.firstSample - b.firstSample
              ),
            }];
          })),
        ),
      runs: (scopes) => Promise.resolve(scopes.map((scope) => runsOfChunks(inScope(scope)))),
      lengths: (scope) =>
        Promise.resolve(
          inScope(scope).map(({ sequence, sampleCount }) => ({ sequence, sampleCount })),
        ),
      chunks: (scope, limit) => {
        const chunks = inScope(scope).slice(0, limit);
        this.bodiesRead += chunks.length;
        return Promise.resolve(chunks);
      },
      annotations: (ids) =>
        Promise.resolve(new Map(ids.map((id) => [id, newest(byId(id)?.annotations ?? [])]))),
      marks: (id, { asOf, snapshot: wanted, changedSince } = {}) => {
        // Rows are only ever added here: how many of each there were is a snapshot.
        const own = byId(id);
        const all = [own?.annotations.length ?? 0, own?.reviews.length ?? 0];
        const snapshot = wanted ?? `${all[0]! + 1}:${all[1]! + 1}:`;
        const [ended = 0, reviewed = 0] = snapshot.split(":").map((text) => Number(text) - 1);
        const isKnown = ({ receivedAt }: { readonly receivedAt: string }) =>
          asOf === undefined || Date.parse(receivedAt) <= Date.parse(asOf);
        const annotations = own?.annotations.slice(0, ended) ?? [];
        const reviews = own?.reviews.slice(0, reviewed) ?? [];
        const changed = new Set(
          [...annotations, ...reviews]
            .filter(({ receivedAt }) =>
              changedSince === undefined || Date.parse(receivedAt) >= Date.parse(changedSince)
            )
            .map(({ annotationId }) => annotationId),
        );
        const isWanted = (row: { readonly annotationId: string; readonly receivedAt: string }) =>
          isKnown(row) && changed.has(row.annotationId);
        return Promise.resolve({
          annotations: newest(annotations.filter(isWanted)),
          reviews: reviews.filter(isWanted),
          snapshot,
        });
      },
      // Nobody has looked.
      ledger: () => Promise.resolve({ readers: [], live: undefined, viewings: [] }),
      markVersions: (id, annotationId) => {
        const isOf = (row: { readonly annotationId: string }) => row.annotationId === annotationId;
        const { annotations = [], reviews = [] } = byId(id) ?? {};
        return Promise.resolve({
          annotations: annotations.filter(isOf).sort((a, b) => a.version - b.version),
          reviews: reviews.filter(isOf),
        });
      },
    };
  }
}

/** An audit store that keeps its rows in a list. */
export class MemoryAuditStore implements AuditStore {
  readonly accesses: AccessRecord[] = [];
  readonly findings: FindingRecord[] = [];
  readonly exports: ExportRecord[] = [];
  readonly outcomes: ToldAccess[] = [];
  readonly auditReads: AuditReadRecord[] = [];
  /** Thrown by every write while set. */
  fault: Error | undefined;

  recordAccess(access: AccessRecord): Promise<void> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    this.accesses.push(access);
    return Promise.resolve();
  }

  recordOutcomes(_siteId: number, rows: readonly ToldAccess[]): Promise<void> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    this.outcomes.push(...rows);
    return Promise.resolve();
  }

  recordAuditRead(record: AuditReadRecord): Promise<void> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    this.auditReads.push(record);
    return Promise.resolve();
  }

  recordFinding(finding: FindingRecord): Promise<void> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    this.findings.push(finding);
    return Promise.resolve();
  }

  recordExport(record: ExportRecord): Promise<void> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    this.exports.push(record);
    return Promise.resolve();
  }

  checkReady(): Promise<void> {
    return this.fault === undefined ? Promise.resolve() : Promise.reject(this.fault);
  }
}

type Codes = Pick<StoredRecording, "patientCode" | "recordingCode">;

function compareCodes(a: Codes, b: Codes): number {
  const left = [a.patientCode, a.recordingCode];
  const right = [b.patientCode, b.recordingCode];
  for (const [index, code] of left.entries()) {
    if (code !== right[index]) return code < right[index]! ? -1 : 1;
  }
  return 0;
}

function isIn(scope: SequenceScope, chunk: StoredChunk): boolean {
  return chunk.segmentNumber === scope.segmentNumber && chunk.stream === scope.stream &&
    scope.start <= chunk.sequence && chunk.sequence < scope.end;
}

function lastOf(
  rows: MemoryRecording,
  stream: { readonly segmentNumber: number; readonly stream: number },
): StoredStream["last"] {
  const [last] = rows.chunks
    .filter((c) => c.segmentNumber === stream.segmentNumber && c.stream === stream.stream)
    .sort((a, b) => b.sequence - a.sequence);
  if (last === undefined) return null;
  const { sequence, sampleCount } = last;
  return { sequence, sampleCount, receivedAt: rows.receivedAt };
}

function newest(annotations: readonly StoredAnnotation[]): StoredAnnotation[] {
  const byId = new Map<string, StoredAnnotation>();
  for (const annotation of annotations) {
    const known = byId.get(annotation.annotationId);
    if (known === undefined || known.version < annotation.version) {
      byId.set(annotation.annotationId, annotation);
    }
  }
  return [...byId.values()];
}
