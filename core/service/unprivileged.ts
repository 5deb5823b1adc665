/**
 * Layer 6. A way to run a program that refuses to run as root, without an account and without opening
 * a folder.
 *
 * Sole owner of that trick; the database server is the only program that needs it. Two ways, tried in
 * order:
 *
 * 1. A user namespace: the program sees itself as `nobody`, the kernel still sees the owner of our
 *    files.
 * 2. Where namespaces are refused (a container's default): the program becomes `nobody` for real and
 *    keeps one capability, to pass the folders above its own. Its files belong to `nobody` then.
 *
 * @see capabilities(7), "Ambient" and "SECBIT_NO_SETUID_FIXUP": without that bit access(2) would judge
 * by the bare user id, and the server looks for itself with access(2).
 * @module
 */
import { join } from "node:path";
import { isMissing } from "./_missing.ts";

/** How to run a program so that it is not root. */
export interface Unprivileged {
  /** Words in front of the command; none when we are an ordinary user. */
  readonly prefix: readonly string[];
  /** Who must own the program's files; undefined when they are ours anyway. */
  readonly ownerUid: number | undefined;
}

const NOBODY = 65534;

const CANDIDATES: readonly (Unprivileged & { readonly name: string })[] = [
  {
    name: "user namespace",
    prefix: ["unshare", "--user", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, "--"],
    ownerUid: 0,
  },
  {
    name: "capability",
    prefix: [
      "setpriv",
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      "--clear-groups",
      "--inh-caps=-all,+dac_override",
      "--ambient-caps=-all,+dac_override",
      "--bounding-set=-all,+dac_override",
      "--securebits=+no_setuid_fixup",
      "--",
    ],
    ownerUid: NOBODY,
  },
];

/** Prints the first folder that cannot be entered, and fails. */
const FIND_UNREACHABLE = `for folder; do [ -x "$folder" ] || { echo "$folder"; exit 3; }; done`;
const UNREACHABLE = 3;

/**
 * Finds how to run a program as somebody who can enter all of `folders`.
 *
 * @throws {Error} Every way is refused, with each reason; or a folder is closed, with its name.
 */
export async function findUnprivileged(folders: readonly string[]): Promise<Unprivileged> {
  if (Deno.uid() !== 0) return { prefix: [], ownerUid: undefined };
  const reasons: string[] = [];
  for (const candidate of CANDIDATES) {
    const refusal = await tryCandidate(candidate.prefix, folders);
    if (refusal === undefined) return candidate;
    reasons.push(`${candidate.name}: ${refusal}`);
  }
  throw new Error(
    `Cannot run PostgreSQL as root: ${
      reasons.join("; ")
    }; run as an ordinary user, or allow user ` +
      "namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1), or set " +
      "DATABASE_URL to a server of your own",
  );
}

/** Why a way does not work, or undefined. */
async function tryCandidate(
  [program = "", ...args]: readonly string[],
  folders: readonly string[],
): Promise<string | undefined> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: [...args, "/bin/sh", "-c", FIND_UNREACHABLE, "sh", ...folders],
      stdin: "null",
    }).output();
    if (code === 0) return undefined;
    const text = new TextDecoder();
    if (code === UNREACHABLE) return `folder ${text.decode(stdout).trim()} is closed to it`;
    return text.decode(stderr).trim() || `${program} ended with code ${code}`;
  } catch (error) {
    if (isMissing(error)) return `${program} is not installed`;
    throw error;
  }
}

/**
 * Gives a folder with all that is in it to a user, unless it is that user's already.
 *
 * The folder itself goes last: when we are killed in between, the next start does it again.
 */
export async function giveTo(folder: string, ownerUid: number | undefined): Promise<void> {
  if (ownerUid === undefined) return;
  const { uid } = await Deno.stat(folder);
  if (uid === ownerUid) return;
  // Only between the two ways of running as root; an ordinary user's files stay that user's.
  if (uid !== 0 && uid !== NOBODY) {
    throw new Error(
      `Cannot run PostgreSQL as root: ${folder} belongs to user ${uid}; run as that user`,
    );
  }
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await giveTo(path, ownerUid);
    else await Deno.chown(path, ownerUid, ownerUid);
  }
  await Deno.chown(folder, ownerUid, ownerUid);
}
