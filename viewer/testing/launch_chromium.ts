/**
 * A real browser for tests, on a machine that has none.
 *
 * The binary and its system libraries come out of `@sparticuz/chromium`, two seconds of unpacking: once for
 * a run of `deno task test`, else into a folder of its own. Of that package's arguments none is used: they switch off
 * web security and process isolation, and would hide the faults that are looked for.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { TEST_ENV } from "../../core/testing/test_database.ts";

const UNPACK = fileURLToPath(new URL("./unpack_chromium.ts", import.meta.url));

/** A running browser. */
export interface LaunchedBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Unpacks Chromium where that has not been done, and starts it, headless. */
export async function launchChromium(): Promise<LaunchedBrowser> {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-chromium-" });
  const cleanUp = () => Deno.remove(folder, { recursive: true }).catch(() => {});
  try {
    const unpacked = Deno.env.get(TEST_ENV.browser) ?? folder;
    const executablePath = await unpackOnce(unpacked);
    // The package's own configuration looks for fonts in /tmp/fonts; without any, forms crash the tab.
    const fontsFile = join(folder, "fonts.conf");
    await Deno.writeTextFile(fontsFile, fontConfiguration(unpacked, folder));
    const browser = await chromium.launch({
      executablePath,
      headless: true,
      args: ["--no-sandbox"],
      // Tests of services send this signal to their own process, which all tests share: the driver would end
      // every browser in it.
      handleSIGHUP: false,
      env: {
        HOME: folder,
        TMPDIR: folder,
        PATH: Deno.env.get("PATH") ?? "",
        LD_LIBRARY_PATH: join(unpacked, "al2023", "lib"),
        FONTCONFIG_FILE: fontsFile,
      },
    });
    return {
      browser,
      close: async () => {
        await browser.close();
        await cleanUp();
      },
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** Path of the browser in a folder that several may want it in at once: the first one unpacks it. */
async function unpackOnce(folder: string): Promise<string> {
  using lock = await Deno.open(join(folder, "unpacking"), { create: true, write: true });
  await lock.lock(true);
  const done = join(folder, "unpacked");
  try {
    return await Deno.readTextFile(done);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const executablePath = await unpack(folder);
  await Deno.writeTextFile(done, executablePath);
  return executablePath;
}

async function unpack(folder: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "-A", UNPACK],
    env: { TMPDIR: folder },
    stdin: "null",
  }).output();
  if (!success) {
    throw new Error(`Cannot unpack Chromium: ${new TextDecoder().decode(stderr).trim()}`);
  }
  return new TextDecoder().decode(stdout);
}

function fontConfiguration(unpacked: string, folder: string): string {
  const alias = (family: string) =>
    `<alias><family>${family}</family><prefer><family>Open Sans</family></prefer></alias>`;
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(unpacked, "fonts")}</dir>
  <cachedir>${join(folder, "fonts-cache")}</cachedir>
  ${["sans-serif", "serif", "monospace", "system-ui"].map(alias).join("\n  ")}
</fontconfig>
`;
}
