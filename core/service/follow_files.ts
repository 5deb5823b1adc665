/**
 * Layer 6. Files that somebody else renews, read again when they change and at once on SIGHUP.
 *
 * Sole owner of how a change is noticed. Certificates and keys are replaced while services run, by other
 * programs and by links that are turned to another file; so nothing is watched, and the files are looked at.
 *
 * @module
 */

/** How files are followed. */
export interface FollowFilesOptions {
  /** Called after a change, and on SIGHUP. It does not reject: what cannot be read is its own to say. */
  readonly read: () => Promise<void>;
  /** How often the files are looked at, in milliseconds. */
  readonly lookMs?: number;
}

/** Files that are being followed. */
export interface FollowedFiles {
  /** Looks now. Resolves when what has changed has been read. */
  look(): Promise<void>;
  close(): void;
}

const LOOK_MS = 5_000;

/**
 * Follows files from now on: what they are at this moment counts as read.
 *
 * @param paths They may be absent, now or later.
 */
export function followFiles(
  paths: readonly string[],
  { read, lookMs = LOOK_MS }: FollowFilesOptions,
): FollowedFiles {
  let seen = stampOf(paths);
  let looking = Promise.resolve();
  const look = async (isAsked: boolean) => {
    const stamp = await stampOf(paths);
    if (!isAsked && stamp === await seen) return;
    await read();
    seen = Promise.resolve(stamp);
  };
  // One after the other: two at once could leave the older of two contents.
  const begin = (isAsked: boolean) => looking = looking.then(() => look(isAsked));
  const onSignal = () => void begin(true);
  const timer = setInterval(() => void begin(false), lookMs);
  Deno.unrefTimer(timer);
  listen("add", onSignal);
  return {
    look: () => begin(false),
    close: () => {
      clearInterval(timer);
      listen("remove", onSignal);
    },
  };
}

/** Hosted edges have no signals. */
function listen(what: "add" | "remove", listener: () => void): void {
  try {
    if (what === "add") Deno.addSignalListener("SIGHUP", listener);
    else Deno.removeSignalListener("SIGHUP", listener);
  } catch {
    // The next look finds the change.
  }
}

/** What changes when a file does, also where a link is turned to another file, as Kubernetes does. */
async function stampOf(paths: readonly string[]): Promise<string> {
  const stamps = await Promise.all(paths.map(async (path) => {
    try {
      const { ino, size, mtime } = await Deno.stat(path);
      return `${ino}/${size}/${mtime?.getTime()}`;
    } catch {
      return "absent";
    }
  }));
  return stamps.join();
}
