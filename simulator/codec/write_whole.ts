/**
 * A file that appears whole or not at all.
 *
 * It is written beside its place and renamed; whatever goes wrong, Ctrl-C included, the draft is removed.
 *
 * @module
 */

export interface WriteOptions {
  /** The file that is read meanwhile: it is never replaced. */
  readonly input?: string;
  /** Whether an existing file is replaced. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/**
 * Writes `path` by calling `fill` with a function that appends bytes.
 *
 * @returns How many bytes were written.
 * @throws {Error} The file exists and `force` is false, or cannot be written; also what `fill` throws.
 */
export async function writeWhole(
  path: string,
  options: WriteOptions,
  fill: (append: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<number> {
  await refuseExisting(path, options);
  await refuseInput(path, options);
  const draft = `${path}.${crypto.randomUUID()}.part`;
  let byteLength = 0;
  const file = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 })
    .catch((cause) => {
      throw new Error(`Cannot write ${path}: ${reasonOf(cause)}`, { cause });
    });
  try {
    try {
      await fill(async (bytes) => {
        options.signal.throwIfAborted();
        for (let at = 0; at < bytes.byteLength;) at += await file.write(bytes.subarray(at));
        byteLength += bytes.byteLength;
      });
      await file.sync();
    } finally {
      file.close();
    }
    options.signal.throwIfAborted();
    await refuseExisting(path, options);
    await Deno.rename(draft, path);
    return byteLength;
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
}

async function refuseExisting(path: string, { force }: WriteOptions): Promise<void> {
  const found = await Deno.lstat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (found === undefined) return;
  if (found.isDirectory) throw new Error(`Cannot write ${path}: it is a folder`);
  if (!force) throw new Error(`Cannot write ${path}: it exists; --force replaces it`);
}

/** `--force` must not cost the only copy. */
async function refuseInput(path: string, { input }: WriteOptions): Promise<void> {
  if (input === undefined) return;
  const [from, to] = await Promise.all(
    [input, path].map((file) => Deno.realPath(file).catch(() => undefined)),
  );
  if (from !== undefined && from === to) {
    throw new Error(`Cannot write ${path}: it is the file that is read`);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "its folder does not exist";
  if (error instanceof Deno.errors.PermissionDenied) return "no permission";
  return error instanceof Error ? error.message : String(error);
}
