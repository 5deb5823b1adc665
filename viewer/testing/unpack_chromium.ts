/**
 * Unpacks the browser of `@sparticuz/chromium` and its libraries into the temporary folder.
 *
 * A program, run by `launch_chromium.ts` with a TMPDIR of its own: the package unpacks into the temporary
 * folder of its process, and changing that of a process whose other tests want one too breaks them.
 * Prints the path of the browser.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflate } from "@sparticuz/chromium";
import sparticuz from "@sparticuz/chromium";

const bin = join(
  dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))),
  "..",
  "bin",
);
const [executablePath] = await Promise.all([
  sparticuz.executablePath(bin),
  inflate(join(bin, "al2023.tar.br")),
]);
await Deno.stdout.write(new TextEncoder().encode(executablePath));
