/**
 * Layer 6, tests only. Real recordings that are kept outside the repository.
 *
 * Sole owner of where they are: `../shared/data` beside the repository, or WAVEKEEP_SHARED_DATA. No
 * recording is in git; where the folder is absent a test says so in one line and returns, so that a
 * green run is not mistaken for a full one.
 *
 * @module
 */

const BESIDE_THE_REPOSITORY = new URL("../../../shared/data/", import.meta.url);

let announced = false;

/** Folder of the recordings without a slash at its end; undefined when there is none. */
export function sharedDataDir(): string | undefined {
  const dir = Deno.env.get("WAVEKEEP_SHARED_DATA") ??
    decodeURIComponent(BESIDE_THE_REPOSITORY.pathname);
  try {
    return Deno.statSync(dir).isDirectory ? dir.replace(/\/$/, "") : undefined;
  } catch {
    return undefined;
  }
}

/**
 * One file's bytes, or undefined with one printed line.
 *
 * @param path Inside the folder, such as `chbmit/chb01_03_Seizure.edf`.
 */
export async function readShared(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const dir = sharedDataDir();
  if (dir === undefined) {
    announceAbsence();
    return undefined;
  }
  return await Deno.readFile(`${dir}/${path}`);
}

/** Text of one file, or undefined with one printed line. */
export async function readSharedText(path: string): Promise<string | undefined> {
  const bytes = await readShared(path);
  return bytes && new TextDecoder().decode(bytes);
}

/** Paths of all files under a folder of the data, sorted; empty with one printed line. */
export async function listShared(folder = ""): Promise<string[]> {
  const dir = sharedDataDir();
  if (dir === undefined) {
    announceAbsence();
    return [];
  }
  const paths: string[] = [];
  await collect(dir, folder, paths);
  return paths.sort();
}

async function collect(dir: string, folder: string, paths: string[]): Promise<void> {
  for await (const entry of Deno.readDir(folder === "" ? dir : `${dir}/${folder}`)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory) await collect(dir, path, paths);
    else paths.push(path);
  }
}

/** Once for a test file. */
function announceAbsence(): void {
  if (announced) return;
  announced = true;
  // deno-lint-ignore no-console
  console.log("skipped: no real recordings at ../shared/data or WAVEKEEP_SHARED_DATA");
}
