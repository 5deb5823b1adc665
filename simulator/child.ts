/**
 * A child process that cannot outlive us, and the lines it says.
 *
 * Every child hangs on a pipe from us. When the pipe closes, because we stop it or because we were killed
 * by `kill -9`, a small shell beside the child asks it to drain and, after a grace, ends it. So there is
 * no orphan, whatever happens to us, and Ctrl-C reaches us alone: each child is in a session of its own.
 *
 * @module
 */

/** A program to run or to keep running. */
export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Exit codes that mean it has finished and shall not be started again. */
  readonly finalCodes?: readonly number[];
}

/** Seconds a child gets to drain before it is killed; below what a service gives itself is pointless. */
const GRACE_SECONDS = 30;

/** `kill -0` polls ten times a second, so nothing of ours lives longer than a tenth beyond the child. */
const SHELL_HANGS_ON_PIPE = `
exec 3<&0
(
  read -r _ <&3
  read -r _ _ _ parent _ </proc/self/stat
  # The child is our parent; when it has ended, its number may be somebody else's by now.
  [ "$parent" = "$$" ] || exit 0
  kill -TERM "$$"
  tries=0
  while [ "$tries" -lt ${GRACE_SECONDS * 10} ] && kill -0 "$$"; do
    sleep 0.1
    read -r _ _ _ parent _ </proc/self/stat
    [ "$parent" = "$$" ] || exit 0
    tries=$((tries + 1))
  done
  kill -KILL "$$"
) </dev/null >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-
`;

/** Starts `spec` under the shell that ends it with us. Closing its standard input asks it to end. */
export function spawnChild(spec: ChildSpec): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", {
    args: ["-c", SHELL_HANGS_ON_PIPE, "sh", spec.command, ...spec.args],
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    clearEnv: true,
    env: { ...spec.env },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  }).spawn();
}

/** The shell beside a child has nothing left to watch: it goes now, not at its next look. */
export function endWatcher(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

const LINE_LENGTH_MAX = 16_384;

/** Calls `onLine` for every line of a stream, until it ends; the last one needs no line feed. */
export async function eachLine(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const part of stream) {
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
    if (rest.length > LINE_LENGTH_MAX) {
      onLine(rest);
      rest = "";
    }
  }
  if (rest !== "") onLine(rest);
}
