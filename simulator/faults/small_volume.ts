/**
 * Faults. A volume of a few megabytes that can be filled to its brim, and emptied again.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { join } from "node:path";

/** A mounted volume in memory; disposing of it unmounts it. Needs root, and a kernel that lets us mount. */
export class SmallVolume implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws {Error} This machine does not let us mount: with its reason. */
  static async mount(megabytes: number): Promise<SmallVolume> {
    const folder = await Deno.makeTempDir({ prefix: "wavekeep-volume-" });
    const { success, stderr } = await new Deno.Command("mount", {
      args: ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0755`, "tmpfs", folder],
      stdout: "null",
    }).output().catch((error) => ({
      success: false,
      stderr: new TextEncoder().encode(error.message),
    }));
    if (!success) {
      await Deno.remove(folder);
      const reason = new TextDecoder().decode(stderr).trim();
      throw new Error(`Cannot mount a small volume: ${reason}`);
    }
    return new SmallVolume(folder);
  }

  /** Whether this machine lets us mount. */
  static async canMount(): Promise<boolean> {
    try {
      await using _ = await SmallVolume.mount(1);
      return true;
    } catch {
      return false;
    }
  }

  /** Takes all the space but so many bytes. */
  async fill(leaveBytes = 0): Promise<void> {
    using file = await Deno.open(this.#ballast, { write: true, create: true, append: true });
    const part = new Uint8Array(64 * 1024);
    for (let left = await this.#freeBytes() - leaveBytes; left > 0; left -= part.byteLength) {
      try {
        await file.write(part);
      } catch {
        return; // Somebody else took the last of it.
      }
    }
  }

  /** Gives the space back. */
  async empty(): Promise<void> {
    await Deno.remove(this.#ballast).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  get #ballast(): string {
    return join(this.folder, "ballast");
  }

  async #freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command("umount", { args: [this.folder] }).output();
    await Deno.remove(this.folder);
  }
}
