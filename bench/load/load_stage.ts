/**
 * Bench, load. A generator in front of a stage, and what each run of it cost whom.
 *
 * @module
 */

import type { Stage } from "../stage.ts";
import { type GeneratorProcess, startGenerator } from "./generator_process.ts";
import { histogramOf } from "./histogram.ts";
import type { OpenCommand, OpenResult, RunCommand, RunResult } from "./messages.ts";
import { ProcessSampler, type Usage } from "./process_sampler.ts";
import type { TallyData } from "./tally.ts";

/** Processes that share the machine while a load runs. */
export const PROCESSES = ["ingest", "query", "postgres", "generator"] as const;
export type ProcessName = typeof PROCESSES[number];

/** A run, with what it cost in the time that counts. */
export interface Measured<Result> {
  readonly result: Result;
  readonly usage: Readonly<Record<ProcessName, Usage>>;
}

/** Loads for one stage. Dispose of it before the stage. */
export interface LoadStage extends AsyncDisposable {
  readonly stage: Stage;
  readonly origin: string;
  /** Devices that are open. */
  readonly deviceCount: number;
  /** Told of everything that was opened. */
  onOpened: (opened: Measured<OpenResult>) => void;
  open(command: Omit<OpenCommand, "do">): Promise<Measured<OpenResult>>;
  run(
    command: Omit<RunCommand, "do">,
    onProgress?: (text: string) => void,
  ): Promise<Measured<RunResult>>;
}

export interface LoadStageOptions {
  readonly seed: number;
  readonly dataFolder: string | undefined;
  /** Most devices that will be open: so many tokens are made. */
  readonly deviceCountMax: number;
  readonly signal: AbortSignal;
}

/** Generators so far: their recordings have names of their own. */
let generatorCount = 0;

/** Distinct minutes of EEG that the devices send. */
const POOL_MINUTES = 5;

export async function openLoadStage(stage: Stage, options: LoadStageOptions): Promise<LoadStage> {
  const { seed, dataFolder, deviceCountMax, signal } = options;
  const prefix = `load-${++generatorCount}`;
  const deviceTokens: string[] = [];
  for (let n = 0; n < deviceCountMax; n++) {
    deviceTokens.push(await stage.signToken("device", `${prefix}-device-${n}`));
  }
  const generator = await startGenerator({
    ingestUrl: stage.ingestUrl,
    queryUrl: stage.queryUrl,
    deviceTokens,
    readerToken: await stage.signToken("clinician", `${prefix}-reader`),
    seed,
    prefix,
    pool: { shape: "scalp", minutes: POOL_MINUTES, dataFolder: dataFolder ?? null },
  }, signal);
  return new RunningLoadStage(stage, generator);
}

class RunningLoadStage implements LoadStage {
  onOpened: LoadStage["onOpened"] = () => {};
  #deviceCount = 0;

  constructor(readonly stage: Stage, readonly generator: GeneratorProcess) {}

  get origin(): string {
    return this.generator.origin;
  }

  get deviceCount(): number {
    return this.#deviceCount;
  }

  async open(command: Omit<OpenCommand, "do">): Promise<Measured<OpenResult>> {
    using sampler = this.#sampler();
    const result = await this.generator.open(command);
    this.#deviceCount += command.deviceCount;
    const opened = { result, usage: sampler.usage() as Measured<OpenResult>["usage"] };
    this.onOpened(opened);
    return opened;
  }

  async run(
    command: Omit<RunCommand, "do">,
    onProgress?: (text: string) => void,
  ): Promise<Measured<RunResult>> {
    using sampler = this.#sampler();
    const result = await this.generator.run(command, {
      onMeasuring: () => sampler.begin(),
      onMeasured: () => sampler.end(),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    return { result, usage: sampler.usage() as Measured<RunResult>["usage"] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.generator[Symbol.asyncDispose]();
  }

  #sampler(): ProcessSampler {
    const { ingest, query, postgres } = this.stage.pids;
    return new ProcessSampler({ ingest, query, postgres, generator: this.generator.pid });
  }
}

/** Quantiles of a tally, in ms. */
export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** @throws {Error} Nothing was answered in the time that counts. */
export function quantilesOf(tally: TallyData, of: "latency" | "service" = "latency"): Quantiles {
  const histogram = histogramOf(tally[of]);
  if (histogram.count === 0) {
    throw new Error(`Cannot report a load: nothing was answered; ${JSON.stringify(tally.errors)}`);
  }
  const at = (share: number) => histogram.quantileMs(share);
  return {
    count: histogram.count,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    max: histogram.maxMs,
  };
}
