/**
 * `GET /openapi.json` and `GET /docs`: the interface, and a page that shows it.
 *
 * The page's files come from the swagger-ui-dist package, never from another host, and run under a policy
 * that lets nothing else in.
 *
 * @module
 */

import { Hono } from "hono";
import { openApiDocument } from "../openapi.ts";

/** Files of the package that the page needs, and what they are. */
const ASSETS: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/** The page's icons are data urls; its scripts set styles through the object model, which needs no leave. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Wavekeep ingest</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <main id="interface"></main>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const START =
  `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#interface", validatorUrl: null });\n`;

const CACHE_FOR_A_DAY = "public, max-age=86400";

export function docsRoutes(): Hono {
  const app = new Hono();
  let document: string | undefined;
  app.get("/openapi.json", (c) => {
    document ??= JSON.stringify(openApiDocument(), null, 2);
    return c.body(document, 200, { "content-type": "application/json" });
  });
  app.get("/docs", (c) =>
    c.body(PAGE, 200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": CONTENT_SECURITY_POLICY,
    }));
  app.get(
    "/docs/start.js",
    (c) => c.body(START, 200, { "content-type": "text/javascript; charset=utf-8" }),
  );
  for (const [name, contentType] of Object.entries(ASSETS)) {
    app.get(`/docs/${name}`, async (c) => {
      const file = new URL(import.meta.resolve(`swagger-ui-dist/${name}`));
      const headers = { "content-type": contentType, "cache-control": CACHE_FOR_A_DAY };
      return c.body(await Deno.readFile(file), 200, headers);
    });
  }
  return app;
}
