/**
 * A page with nothing but one script of ours, for tests of code that needs a browser and no service.
 *
 * @module
 */

/** A page that is being served. */
export interface ScriptPage {
  /** Without a path; the path chooses the policy. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Bundles a script as the viewer's are, and serves it in an empty page.
 *
 * @param entry Path of the script.
 * @param policyOf The Content-Security-Policy of a path.
 */
export async function serveScript(
  entry: string,
  policyOf: (pathname: string) => string,
): Promise<ScriptPage> {
  const script = await bundleScript(entry);
  const page =
    `<!doctype html><title>test</title><link rel="icon" href="data:,"><script type="module" src="/script.js"></script>`;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    const isScript = pathname === "/script.js";
    return new Response(isScript ? script : page, {
      headers: {
        "Content-Type": isScript ? "text/javascript" : "text/html",
        "Content-Security-Policy": policyOf(pathname),
      },
    });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    close: () => server.shutdown(),
  };
}

async function bundleScript(entry: string): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-script-page-" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--platform=browser", "--minify", `--outdir=${folder}`, entry],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    const name = entry.slice(entry.lastIndexOf("/") + 1).replace(/\.ts$/, ".js");
    return await Deno.readFile(`${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
