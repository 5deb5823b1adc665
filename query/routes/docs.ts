/**
 * `GET /openapi.json` and `GET /docs`: the interface, and a page that shows it.
 *
 * The page's files come from the swagger-ui-dist package, never from another host, and run under a policy
 * that lets nothing else in. They hold no health data, so they may be cached.
 *
 * @module
 */

import { Hono } from "hono";
import { openApiDocument } from "../openapi.ts";

/** Its entry point lies in its folder, beside the files. */
const PACKAGE = import.meta.resolve("swagger-ui-dist");

/** Files of the package that the page needs. */
const ASSETS: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/** Swagger UI sets `style` attributes from scripts, which no header needs to allow; images are data urls. */
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
<title>Wavekeep query</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: false,
  validatorUrl: null,
  persistAuthorization: false,
});
`;

export function docsRoutes(): Hono {
  const app = new Hono();
  let document: string | undefined;
  app.get("/openapi.json", () => {
    document ??= JSON.stringify(openApiDocument(), null, 2);
    return new Response(document, { headers: { "Content-Type": "application/json" } });
  });
  app.get("/docs", () =>
    new Response(PAGE, {
      headers: {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
      },
    }));
  app.get(
    "/docs/start.js",
    () => new Response(START, { headers: { "Content-Type": "text/javascript; charset=utf-8" } }),
  );
  for (const [name, mediaType] of Object.entries(ASSETS)) {
    app.get(`/docs/${name}`, async () => {
      return new Response(await Deno.readFile(new URL(name, PACKAGE)), {
        headers: { "Content-Type": mediaType, "Cache-Control": "public, max-age=86400" },
      });
    });
  }
  return app;
}
