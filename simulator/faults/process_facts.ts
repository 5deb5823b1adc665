/**
 * Faults. What the kernel says of a process.
 *
 * @module
 */

/** Memory that it holds, in bytes; 0 when it is gone. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}

/** Files, sockets and pipes that it has open; 0 when it is gone. */
export async function descriptorCount(pid: number): Promise<number> {
  try {
    return (await Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`))).length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
