/**
 * Layer 6. `GET /openapi.json` and `GET /docs`: a service's interface, and a page that shows it.
 *
 * The page's files come from the swagger-ui-dist package, never from another host, and run under a policy
 * that lets nothing else in. They hold no health data, so they may be cached. Addresses are relative, so
 * the page works behind a path prefix.
 *
 * @module
 */
import { Hono } from "hono";
import { IS_SOURCE } from "./is_source.ts";
import { plainResponse } from "./plain_response.ts";

/**
 * The package's folder. Found when a file is asked for: no start waits for it. A bundle, `dist/main.js` of a service,
 * knows no packages by name (core/decisions/0059): for it the folder is where packages are installed.
 */
const packageUrl = () =>
  IS_SOURCE
    ? import.meta.resolve("swagger-ui-dist")
    : new URL("../../node_modules/swagger-ui-dist/", import.meta.url);

/** Files of the package that the page needs, and what they are. */
const ASSETS: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/** Swagger UI sets styles through the object model, which needs no leave; its icons are data urls. */
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

const page = (title: string) =>
  `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <main id="interface"></main>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#interface",
  deepLinking: false,
  validatorUrl: null,
  persistAuthorization: false,
});
`;

/**
 * The two routes and the page's files.
 *
 * @param about.title Plain text, without markup.
 * @param about.document Makes the OpenAPI document; asked once.
 */
export function docsRoutes(
  about: { readonly title: string; readonly document: () => Record<string, unknown> },
): Hono {
  const app = new Hono();
  // Anybody may ask, as often as they like, and need not read: all answers share their bytes.
  let document: Uint8Array<ArrayBuffer> | undefined;
  app.get("/openapi.json", () => {
    document ??= new TextEncoder().encode(JSON.stringify(about.document(), null, 2));
    return plainResponse(document, { headers: { "content-type": "application/json" } });
  });
  app.get("/docs", (c) =>
    c.body(page(about.title), 200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": CONTENT_SECURITY_POLICY,
    }));
  app.get(
    "/docs/start.js",
    (c) => c.body(START, 200, { "content-type": "text/javascript; charset=utf-8" }),
  );
  for (const [name, contentType] of Object.entries(ASSETS)) {
    let bytes: Promise<Uint8Array<ArrayBuffer>> | undefined;
    app.get(
      `/docs/${name}`,
      async () =>
        plainResponse(await (bytes ??= Deno.readFile(new URL(name, packageUrl()))), {
          headers: { "content-type": contentType, "cache-control": "public, max-age=86400" },
        }),
    );
  }
  return app;
}
