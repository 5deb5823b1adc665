/**
 * A recording as a BIDS dataset, into a spool.
 *
 * Every file of samples is read back by the EDF reader, not by what wrote it, and held against the stored
 * samples before anything is given out. Memory is a record of each run, never the samples.
 *
 * @module
 */

import { openEdf } from "@wavekeep/core/edf";
import { ProblemError } from "@wavekeep/core/problem";
import { type ExactSeconds, ZERO_SECONDS } from "@wavekeep/core/time";
import type { BidsOptions } from "@wavekeep/core/wire";
import type { BundleSnapshot } from "../bundle/bundle_snapshot.ts";
import type { SealedSpool } from "../bundle/sealed_spool.ts";
import type { QueryDeps } from "../deps.ts";
import { prepareExport } from "../export/export_file.ts";
import { exportRecords, type SourceOf } from "../export/export_records.ts";
import { bidsEvents, bidsSidecar } from "../export/mark_tables.ts";
import { identityOf, type OpenStream } from "../open_recording.ts";
import type { PlacedAnnotation } from "../read_annotations.ts";
import type { StreamIdentity } from "../verify_chunk.ts";
import { datasetFiles } from "./dataset_files.ts";
import { type BidsRun, nameChannels, planBids, sessionFolder } from "./plan_bids.ts";
import { channelsTable, eegSidecar, marksOfRun, refuseUnknownNames } from "./sidecars.ts";

/** What is written, and who is told how far it is. */
export interface BidsOrder {
  readonly snapshot: Pick<BundleSnapshot, "recording" | "streams" | "marks">;
  readonly spool: SealedSpool;
  readonly options: BidsOptions;
  /** What becomes of a recording that is a view of another one; a plain recording's where it is absent. */
  readonly view?: BidsView;
  /** Runs that were written and checked. */
  readonly onProgress: (done: number, total: number) => void;
  /** Throws when nobody wants it any more. */
  readonly check: () => void;
}

/** A dataset of which others are to learn no identity. */
export interface BidsView {
  /** What the chunks of a stream must fit. */
  readonly identityOf: (stream: OpenStream) => StreamIdentity;
  /** `events.tsv`, and the sidecar that describes it. */
  readonly events: (marks: readonly PlacedAnnotation[], origin: ExactSeconds) => string;
  readonly eventsSidecar: string;
  /** What every file of samples says about itself. */
  readonly notes: readonly string[];
  /** Path and text of more files about all of it; those of the same path take the place of the plain ones. */
  readonly files: readonly (readonly [path: string, text: string])[];
}

/**
 * Writes every file of a dataset.
 *
 * @throws {ProblemError} `export-impossible`: a stream that neither EDF nor BDF holds;
 * `integrity-failed`: what was read back differs.
 * @throws {IntegrityError} Something stored failed a check.
 */
export async function writeBids(deps: QueryDeps, order: BidsOrder): Promise<void> {
  const { snapshot: { streams, marks }, spool, options, view } = order;
  const named = nameChannels(order.snapshot.recording);
  const { recording } = named;
  refuseUnknownNames(named, options);
  const ofFile = streams.map(({ timeline }, index) => ({
    stream: recording.streams[index]!,
    timeline,
  }));
  const runs = planBids(recording, ofFile, options.task);
  const folder = `${sessionFolder(recording)}/eeg`;
  const sourceOf: SourceOf = ({ stream }) => ({
    store: deps.store,
    sets: deps.sets,
    identity: view?.identityOf(stream) ?? identityOf(recording, stream)!,
  });
  const paths = new Map<BidsRun, string>();
  const write = (path: string, text: string) => spool.write(path, [new TextEncoder().encode(text)]);
  for (const [index, run] of runs.entries()) {
    order.onProgress(index, runs.length);
    const own = marksOfRun(run, runs, marks);
    const file = await prepareExport(recording, run.plan, {
      annotations: own,
      sourceOf,
      ...(view === undefined ? {} : { isAnonymous: true, notes: view.notes }),
    });
    const path = `${folder}/${run.stem}_eeg.${file.extension}`;
    await spool.write(path, file.pieces(), order.check);
    await compare(order, { path, run, sourceOf });
    paths.set(run, path);
    const stem = `${folder}/${run.stem}`;
    await write(`${stem}_eeg.json`, eegSidecar(run, options));
    await write(`${stem}_channels.tsv`, channelsTable(run, named, options));
    const events = view?.events(own, run.onset) ?? bidsEvents(recording, own, run.onset);
    await write(`${stem}_events.tsv`, events);
    await write(`${stem}_events.json`, view?.eventsSidecar ?? bidsSidecar());
  }
  const files = new Map(datasetFiles(recording, runs, (run) => paths.get(run)!));
  for (const [path, text] of view?.files ?? []) files.set(path, text);
  for (const [path, text] of files) await write(path, text);
}

/** Holds a written file against what is stored, record by record. */
async function compare(
  { spool, check }: BidsOrder,
  { path, run, sourceOf }: { path: string; run: BidsRun; sourceOf: SourceOf },
): Promise<void> {
  const file = await openEdf(spool.source().open(path)!);
  const differs = (where: string) =>
    new ProblemError("integrity-failed", {
      detail: `Cannot give the dataset: ${path} read back differs ${where}`,
    });
  if (file.recordCount !== run.plan.recordCount) throw differs("in its length");
  const read = file.records()[Symbol.asyncIterator]();
  for await (const { samples } of exportRecords(run.plan, sourceOf, ZERO_SECONDS)) {
    check();
    const { value, done } = await read.next();
    const isSame = !done && value.samples.length === samples.length &&
      samples.every((signal, index) => {
        const other = value.samples[index]!;
        return signal.length === other.length &&
          (signal as Int32Array).every((sample, at) => sample === other[at]);
      });
    if (!isSame) throw differs(done ? "in its length" : `in record ${value.index}`);
  }
}
