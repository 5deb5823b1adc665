/**
 * A real browser for tests, on a machine that has none.
 *
 * The binary and its system libraries come out of `@sparticuz/chromium`; everything is unpacked into a
 * folder of its own and removed at the end. Of that package's arguments none is used: they switch off
 * web security and process isolation, and would hide the faults that are looked for.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

const UNPACK = fileURLToPath(new URL("./unpack_chromium.ts", import.meta.url));

/** A running browser. */
export interface LaunchedBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Unpacks and starts Chromium, headless. */
export async function launchChromium(): Promise<LaunchedBrowser> {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-chromium-" });
  const cleanUp = () => Deno.remove(folder, { recursive: true }).catch(() => {});
  try {
    const executablePath = await unpack(folder);
    const browser = await chromium.launch({
      executablePath,
      headless: true,
      args: ["--no-sandbox"],
      env: {
        HOME: folder,
        TMPDIR: folder,
        PATH: Deno.env.get("PATH") ?? "",
        LD_LIBRARY_PATH: join(folder, "al2023", "lib"),
        FONTCONFIG_FILE: join(folder, "fonts.conf"),
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

async function unpack(folder: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "-A", UNPACK],
    env: { TMPDIR: folder },
    stdin: "null",
  }).output();
  if (!success) {
    throw new Error(`Cannot unpack Chromium: ${new TextDecoder().decode(stderr).trim()}`);
  }
  // The package's own configuration looks for fonts in /tmp/fonts; without any, forms crash the tab.
  await Deno.writeTextFile(join(folder, "fonts.conf"), fontConfiguration(folder));
  return new TextDecoder().decode(stdout);
}

function fontConfiguration(folder: string): string {
  const alias = (family: string) =>
    `<alias><family>${family}</family><prefer><family>Open Sans</family></prefer></alias>`;
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, "fonts")}</dir>
  <cachedir>${join(folder, "fonts-cache")}</cachedir>
  ${["sans-serif", "serif", "monospace", "system-ui"].map(alias).join("\n  ")}
</fontconfig>
`;
}
