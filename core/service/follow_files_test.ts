/** Files that somebody else renews are read again: after a change, on SIGHUP, and one reading after the other. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { followFiles } from "./follow_files.ts";
import { sleep } from "./sleep.ts";

/** Nobody looks but the test. */
const NEVER_MS = 3_600_000;

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Replaces a file as a careful program does: whole, under another inode. */
async function replace(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text);
  await Deno.rename(`${path}.new`, path);
}

Deno.test("followFiles() reads what was replaced, made or removed, and nothing that is as it was", () =>
  inFolder(async (folder) => {
    const paths = ["a", "b"].map((name) => `${folder}/${name}`) as [string, string];
    await Deno.writeTextFile(paths[0], "1");
    const seen: string[] = [];
    const read = async () => {
      const texts = paths.map((path) => Deno.readTextFile(path).catch(() => "absent"));
      seen.push((await Promise.all(texts)).join());
    };
    const files = followFiles(paths, { read, lookMs: NEVER_MS });
    try {
      await files.look();
      deepStrictEqual(seen, [], "what it was at the beginning counts as read");
      await replace(paths[0], "2");
      await files.look();
      await files.look();
      await Deno.writeTextFile(paths[1], "3");
      await files.look();
      await Deno.remove(paths[0]);
      await files.look();
      deepStrictEqual(seen, ["2,absent", "2,3", "absent,3"]);
    } finally {
      files.close();
    }
  }));

Deno.test("followFiles() follows a link that is turned to another file", () =>
  inFolder(async (folder) => {
    // As Kubernetes renews a secret.
    for (const version of ["1", "2"]) {
      await Deno.mkdir(`${folder}/${version}`);
      await Deno.writeTextFile(`${folder}/${version}/key`, version);
    }
    await Deno.symlink(`${folder}/1`, `${folder}/now`);
    let count = 0;
    const files = followFiles([`${folder}/now/key`], {
      read: () => Promise.resolve(void count++),
      lookMs: NEVER_MS,
    });
    try {
      await files.look();
      await Deno.symlink(`${folder}/2`, `${folder}/next`);
      await Deno.rename(`${folder}/next`, `${folder}/now`);
      await files.look();
      strictEqual(count, 1);
    } finally {
      files.close();
    }
  }));

Deno.test("followFiles() reads one after the other, and on SIGHUP whatever the files are", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a`;
    let [running, count] = [0, 0];
    const files = followFiles([path], {
      lookMs: NEVER_MS,
      read: async () => {
        strictEqual(++running, 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        count++;
      },
    });
    try {
      Deno.kill(Deno.pid, "SIGHUP");
      Deno.kill(Deno.pid, "SIGHUP");
      await replace(path, "1");
      await files.look();
      ok(count >= 1);
      // Signals may come as one; and nothing of followFiles() keeps the event loop waiting for the next.
      while (count < 3) {
        Deno.kill(Deno.pid, "SIGHUP");
        await sleep(10);
      }
    } finally {
      // A signal may arrive until then, and what it asked for is read before whoever looks now.
      files.close();
      await files.look();
    }
  }));
