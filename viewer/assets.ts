/**
 * Scripts and styles, held in memory under a path that names their content.
 *
 * The path carries a digest over everything, so answers may be kept for ever and relative imports
 * between bundled scripts stay within one build.
 *
 * @module
 */

import type { Hono } from "hono";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

/** The built files of one viewer. */
export interface Assets {
  /** The address of a file, such as `/assets/3f2a…/client.js`. */
  path(name: string): string;
  /** Answers their addresses. */
  mount(app: Hono): void;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Holds files by name. */
export function createAssets(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Assets {
  const hash = createHash("sha256");
  for (const name of [...files.keys()].sort()) hash.update(name).update(files.get(name)!);
  const base = `/assets/${hash.digest("hex").slice(0, 16)}`;
  const packed = new Map([...files].map(([name, bytes]) => [name, gzipSync(bytes)]));
  return {
    path(name) {
      if (!files.has(name)) throw new Error(`Cannot link ${name}: it was not built`);
      return `${base}/${name}`;
    },
    mount(app) {
      app.get(`${base}/:name`, (c) => {
        const name = c.req.param("name");
        const bytes = files.get(name);
        const type = MEDIA_TYPES[name.slice(name.lastIndexOf(".") + 1)];
        if (bytes === undefined || type === undefined) return c.notFound();
        const isPacked = /\bgzip\b/.test(c.req.header("accept-encoding") ?? "");
        return c.body(isPacked ? new Uint8Array(packed.get(name)!) : bytes, 200, {
          "content-type": type,
          "cache-control": "public, max-age=31536000, immutable",
          "vary": "accept-encoding",
          ...(isPacked ? { "content-encoding": "gzip" } : {}),
        });
      });
    },
  };
}
