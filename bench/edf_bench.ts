/**
 * Bench. Reading an EDF file to digital samples: ours, record by record from any byte source, against
 * npm:edfdecoder, which takes the whole file in memory.
 *
 * @module
 */

// @ts-types="../core/edf/edfdecoder_types.d.ts"
import edfdecoder from "edfdecoder";
import { bytesByteSource, openEdf } from "@wavekeep/core/edf";
import { edfFile } from "./eeg_edf.ts";
import { eegSignal, MONTAGE } from "./eeg_signal.ts";
import { interleave, median } from "./measure.ts";
import { measuredRow, type RowPlan, rowPlan } from "./rows.ts";
import type { RunContext, Suite } from "./suite.ts";
import { CHUNK_SHAPE, RATE_HZ, SAMPLES_PER_CHUNK, thousands, type Workload } from "./workloads.ts";

export const edfSuite: Suite = {
  name: "EDF",
  plans: (workload) => [edfRow(workload)],
  run: benchEdf,
};

function edfRow(workload: Workload): RowPlan {
  const records = thousands(workload.codecSeconds);
  return rowPlan(`read an EDF file of ${records} records of ${CHUNK_SHAPE}`, "M samples/s");
}

/** The row of reading a file of one-second records. */
async function benchEdf(context: RunContext): Promise<void> {
  const { workload } = context;
  const plan = edfRow(workload);
  context.progress.step(plan.name);
  const { chunks } = eegSignal(workload.seed + 400, workload.codecSeconds);
  const file = await edfFile(chunks);
  const times = await interleave([
    {
      name: "ours",
      async run(round: number) {
        const edf = await openEdf(bytesByteSource(file));
        for await (const record of edf.records()) {
          if (round === 0) verifyRecord("openEdf", record.samples, chunks[record.index]!);
        }
      },
    },
    {
      name: "edfdecoder",
      run(round: number) {
        const decoder = new edfdecoder.EdfDecoder();
        decoder.setInput(file.buffer);
        decoder.decode();
        const output = decoder.getOutput()!;
        for (let r = 0; r < chunks.length; r++) {
          const samples = MONTAGE.map((_, c) => output.getRawSignal(c, r));
          if (round === 0) verifyRecord("edfdecoder", samples, chunks[r]!);
        }
        return Promise.resolve();
      },
    },
  ], {
    roundsMin: workload.codecRounds,
    roundsMax: workload.codecRounds,
    budgetMs: 0,
    signal: context.signal,
  });
  const speed = (name: string) =>
    chunks.length * SAMPLES_PER_CHUNK / 1e6 / (median(times.get(name)!) / 1000);
  context.report(measuredRow(plan, speed("ours"), speed("edfdecoder")));
}

function verifyRecord(
  who: string,
  found: readonly ArrayLike<number>[],
  chunk: Int32Array,
): void {
  const isSame = chunk.every((sample, i) =>
    found[Math.floor(i / RATE_HZ)]?.[i % RATE_HZ] === sample
  );
  if (!isSame) throw new Error(`Cannot time ${who}: it read other samples than were written`);
}
