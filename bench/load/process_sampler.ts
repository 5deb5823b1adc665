/**
 * Bench, load. What processes cost, by /proc: processor time, and memory now and at most.
 *
 * A name may stand for several processes: a postmaster counts with its backends. Memory that backends share
 * (buffers, code) is counted once, where adding up would count it for each.
 *
 * @module
 */

/** Memory of a process, in MB (10^6 bytes). */
export interface MemoryMb {
  /** Resident now. */
  readonly resident: number;
  /** Most that was ever resident, by the kernel's own account; of several processes what samples saw. */
  readonly peak: number;
}

const CLOCK_TICKS_PER_SECOND = 100;

/** Processor time of a process and of children that it has waited for, and of its living children, in ms. */
export function processorMs(pid: number): number {
  return ownProcessorMs(pid) + childrenOf(pid).reduce((sum, child) => sum + processorMs(child), 0);
}

/** Memory of a process, its children included. */
export function memoryMb(pid: number): MemoryMb {
  const children = childrenOf(pid);
  const own = readStatus(pid);
  if (children.length === 0) {
    return { resident: (own.get("VmRSS") ?? 0) / 1e6, peak: (own.get("VmHWM") ?? 0) / 1e6 };
  }
  const all = [own, ...children.map(readStatus)];
  const sum = (key: string) => all.reduce((total, status) => total + (status.get(key) ?? 0), 0);
  const most = (key: string) => Math.max(...all.map((status) => status.get(key) ?? 0));
  const resident = (sum("RssAnon") + most("RssFile") + most("RssShmem")) / 1e6;
  return { resident, peak: resident };
}

/** Processes that are watched, by name. */
export type Watched = Readonly<Record<string, number>>;

/** What a stretch of time cost. */
export interface Usage {
  readonly processorMs: number;
  readonly residentMb: number;
  readonly peakMb: number;
}

/** Samples memory while a load runs. Dispose of it. */
export class ProcessSampler implements Disposable {
  readonly #watched: Watched;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #peaks = new Map<string, number>();
  #before: Record<string, number> = {};
  #after: Record<string, number> | undefined;

  constructor(watched: Watched, intervalMs = 500) {
    this.#watched = watched;
    this.begin();
    this.#timer = setInterval(() => this.#sample(), intervalMs);
  }

  /** Processor time counts from here. */
  begin(): void {
    this.#before = this.#processorMs();
    this.#after = undefined;
    this.#sample();
  }

  /** Processor time counts up to here. */
  end(): void {
    this.#after = this.#processorMs();
    this.#sample();
  }

  /** By name. The peak is of the life of the process, or of the samples where it stands for several. */
  usage(): Record<string, Usage> {
    this.#sample();
    const after = this.#after ?? this.#processorMs();
    return Object.fromEntries(
      Object.entries(this.#watched).map(([name, pid]) => [name, {
        processorMs: after[name]! - this.#before[name]!,
        residentMb: memoryMb(pid).resident,
        peakMb: this.#peaks.get(name)!,
      }]),
    );
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #processorMs(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.#watched).map(([name, pid]) => [name, processorMs(pid)]),
    );
  }

  #sample(): void {
    for (const [name, pid] of Object.entries(this.#watched)) {
      this.#peaks.set(name, Math.max(this.#peaks.get(name) ?? 0, memoryMb(pid).peak));
    }
  }
}

/** User and system time, with those of children that were waited for; 0 when the process is gone. */
function ownProcessorMs(pid: number): number {
  const text = readProc(pid, "stat");
  // The name in parentheses may hold anything; fields are counted from behind it. Field 14 is utime.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field] ?? 0), 0);
  return ticks * 1000 / CLOCK_TICKS_PER_SECOND;
}

function childrenOf(pid: number): number[] {
  return readProc(pid, `task/${pid}/children`).split(" ").filter((text) => text !== "")
    .map(Number);
}

/** Sizes of /proc/PID/status, in bytes. */
function readStatus(pid: number): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const [, key, kib] of readProc(pid, "status").matchAll(/^(\w+):\s+(\d+) kB$/gm)) {
    sizes.set(key!, Number(kib) * 1024);
  }
  return sizes;
}

/** Empty when the process is gone. */
function readProc(pid: number, file: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch {
    return "";
  }
}
