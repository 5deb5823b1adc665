/**
 * Layer 6. A request that can be read in one way, or in none.
 *
 * Where a proxy and we read the same bytes differently, one's request is the other's body: that is request
 * smuggling. The parser of `node:http` refuses two lengths, folded lines and broken chunks by itself; it lets
 * through a header that stands twice, of which it joins some and drops others, and codings of which it only
 * knows the last. Those are refused here, before anything looks at the request.
 *
 * @see RFC 9112, sections 3.2, 6.1 and 11.2
 * @module
 */
import type { IncomingMessage } from "node:http";

/** Headers of which two have no meaning, or as many as there are readers. */
const ONCE: ReadonlySet<string> = new Set([
  "host",
  "authorization",
  "content-type",
  "content-length",
  "content-encoding",
  "content-digest",
  "signature",
  "signature-input",
  "transfer-encoding",
  "x-request-id",
]);

/** What of a request's head could be read in two ways; undefined when nothing could. */
export function ambiguityOf(
  { rawHeaders, httpVersion }: Pick<IncomingMessage, "rawHeaders" | "httpVersion">,
): string | undefined {
  const seen: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.includes(name)) return `Header ${name} stands twice`;
    seen.push(name);
    if (name !== "transfer-encoding") continue;
    // A server of HTTP/1.0 sees a body that ends elsewhere.
    if (httpVersion !== "1.1") return `Transfer-Encoding is not of HTTP/${httpVersion}`;
    if (rawHeaders[i + 1]!.trim().toLowerCase() !== "chunked") {
      return "Transfer-Encoding is not chunked";
    }
  }
  return undefined;
}
