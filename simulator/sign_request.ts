/**
 * `deno task sign-request`: the headers that sign one request with an API key, for curl and for scripts.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { apiKeyIdOf, nodeSha256, signRequest } from "@wavekeep/core/crypto";
import { numberFlag, type ParsedFlags, runCommand, textFlag, UsageError } from "./command.ts";

const USAGE =
  `Usage: deno task sign-request METHOD URL [--body FILE] [--type MEDIA-TYPE] [--seconds N]

Prints the headers that sign a request (RFC 9421, hmac-sha256) with the API key in WAVEKEEP_TOKEN, one a line,
as curl reads them:

  deno task --quiet sign-request GET "$URL" | curl -H @- "$URL"

  --body FILE        the request's body, whose digest is signed, too
  --type MEDIA-TYPE  of the body (default application/json)
  --seconds N        how long the signature is good, 300 at most (default 60); it is good once
  --help             this text

Exit codes: 0 fine, 1 refused or failed, 2 usage.
`;

/** A request to be signed. */
export interface UnsignedRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: { readonly bytes: Uint8Array; readonly mediaType: string };
}

/**
 * The headers that sign a request, those of its body among them.
 *
 * @param apiKey Text of a key of kind hmac-sha256.
 * @param options.now Seconds since 1970.
 * @throws {Error} The text is no API key, or the address no web address.
 */
export function signedHeaders(
  { method, url, body }: UnsignedRequest,
  apiKey: string,
  options: { readonly now: number; readonly lifeSeconds?: number },
): Record<string, string> {
  const keyId = apiKeyIdOf(apiKey);
  if (keyId === undefined) throw new Error("Cannot sign: WAVEKEEP_TOKEN is not an API key");
  // Taken apart by hand: what is signed is what will be sent, and not what a parser makes of it.
  const [, scheme, authority, rest = ""] = /^(https?):\/\/([^/?#]+)([^#]*)$/.exec(url) ?? [];
  if (scheme === undefined || authority === undefined) {
    throw new Error("Cannot sign: the address is not http:// or https:// with a host");
  }
  const headers: Record<string, string> = body === undefined ? {} : {
    "content-type": body.mediaType,
    "content-digest": `sha-256=:${nodeSha256(body.bytes).toBase64()}:`,
  };
  const signature = signRequest({
    method,
    scheme: scheme as "http" | "https",
    authority,
    target: rest.startsWith("/") ? rest : `/${rest}`,
    header: (name) => headers[name],
  }, { keyId, secret: new TextEncoder().encode(apiKey), ...options });
  return { ...headers, ...signature };
}

async function run(flags: ParsedFlags): Promise<number> {
  const [method, url, ...more] = flags.positionals;
  if (method === undefined || url === undefined || more.length > 0) {
    throw new UsageError("a method and an address are wanted");
  }
  const file = textFlag(flags, "body");
  const seconds = numberFlag(flags, "seconds", { min: 1, max: 300, integer: true }) ?? 60;
  const mediaType = textFlag(flags, "type") ?? "application/json";
  const body = file === undefined ? {} : { body: { bytes: await Deno.readFile(file), mediaType } };
  const headers = signedHeaders(
    { method, url, ...body },
    Deno.env.get("WAVEKEEP_TOKEN") ?? "",
    { now: Math.floor(Date.now() / 1000), lifeSeconds: seconds },
  );
  for (const [name, value] of Object.entries(headers)) print("stdout", `${name}: ${value}`);
  return 0;
}

if (import.meta.main) {
  await runCommand({
    name: "sign-request",
    usage: USAGE,
    options: {
      "body": { type: "string" },
      "type": { type: "string" },
      "seconds": { type: "string" },
    },
    run,
  });
}
