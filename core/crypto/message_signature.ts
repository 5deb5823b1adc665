/**
 * Layer 6. HTTP message signatures: what is signed of a request, and how it is checked.
 *
 * Sole owner of the signature base. A verifier here takes one signature over exactly the parts that say what a
 * request is (method, authority, path, query, and the body by its digest and type) with a beginning, an end, a
 * nonce, a key and a tag; neither fewer nor more, so nothing can be left out and nothing is signed that nobody
 * looks at. Hazard: the algorithm is the key's. What a message says of it may only agree.
 *
 * @see RFC 9421 sections 2.2, 2.5, 3.2 and 7; vector B.2.5
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type BareValue, formatMember, type Member, parseDictionary } from "./structured_fields.ts";

/** What of a request can be signed. */
export interface SignableRequest {
  readonly method: string;
  /** Host and port as the client addressed it. */
  readonly authority: string;
  readonly scheme: "http" | "https";
  /** Path and query as they stand in the request line, neither decoded nor normalised. */
  readonly target: string;
  /** A header's value by its lower-case name; undefined when it is not there. */
  header(name: string): string | undefined;
}

/** Only signatures made for this. */
export const SIGNATURE_TAG = "wavekeep";
export const HMAC_ALGORITHM = "hmac-sha256";
/** From its beginning to its end, at most. */
export const SIGNATURE_SECONDS_MAX = 300;
/** A client's clock may be ahead by this much. */
const SKEW_SECONDS = 30;

const REQUEST_PARTS = ["@method", "@authority", "@path", "@query"] as const;
const BODY_PARTS = ["content-type", "content-digest"] as const;
/** A nonce and a key's name are at most so long. */
const NAME = /^[\w.:~+/=-]{16,64}$/;

/** A signature that was read, and not yet believed. */
export interface ReadSignature {
  readonly keyId: string;
  readonly nonce: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly bytes: Uint8Array;
  /** List of parts and parameters, as the signature covers it. */
  readonly input: Member;
}

/**
 * Reads the one signature of a request and refuses what a good one does not look like.
 *
 * @param options.hasBody Whether the request brings a body, whose digest must then be covered.
 * @param options.now Seconds since 1970.
 * @throws {Error} With the reason; nothing of the message is in it.
 */
export function readSignature(
  request: Pick<SignableRequest, "header">,
  { hasBody, now }: { readonly hasBody: boolean; readonly now: number },
): ReadSignature {
  const inputs = parseDictionary(request.header("signature-input") ?? "");
  const signatures = parseDictionary(request.header("signature") ?? "");
  const [[label, input] = []] = [...inputs];
  if (inputs.size !== 1 || signatures.size !== 1 || label === undefined || input === undefined) {
    throw new Error("Cannot accept signature: one is wanted, by one name in both headers");
  }
  const signature = signatures.get(label);
  const bytes = signature?.value;
  if (!(bytes instanceof Uint8Array) || signature!.parameters.size > 0) {
    throw new Error("Cannot accept signature: Signature holds no bytes of that name");
  }
  requireParts(input, hasBody);
  return { ...readParameters(input, now), bytes, input };
}

/** Exactly the parts, in whatever order, none of them with parameters. */
function requireParts({ value }: Member, hasBody: boolean): void {
  const wanted: readonly string[] = hasBody ? [...REQUEST_PARTS, ...BODY_PARTS] : REQUEST_PARTS;
  const parts = Array.isArray(value) ? value as readonly Member[] : [];
  const isPlain = parts.every((part) => part.parameters.size === 0);
  const named = new Set(parts.map((part) => part.value));
  if (
    !isPlain || parts.length !== wanted.length || !wanted.every((name) => named.has(name))
  ) {
    throw new Error(
      `Cannot accept signature: it must cover ${wanted.join(", ")}, and nothing else`,
    );
  }
}

const PARAMETERS = new Set(["created", "expires", "nonce", "keyid", "tag", "alg"]);

function readParameters(
  { parameters }: Member,
  now: number,
): Pick<ReadSignature, "keyId" | "nonce" | "createdAt" | "expiresAt"> {
  for (const name of parameters.keys()) {
    if (!PARAMETERS.has(name)) throw new Error("Cannot accept signature: unknown parameter");
  }
  const [createdAt, expiresAt] = [parameters.get("created"), parameters.get("expires")];
  const [nonce, keyId] = [parameters.get("nonce"), parameters.get("keyid")];
  if (!isName(nonce) || !isName(keyId) || !isSeconds(createdAt) || !isSeconds(expiresAt)) {
    throw new Error("Cannot accept signature: created, expires, nonce and keyid are wanted");
  }
  if (parameters.get("tag") !== SIGNATURE_TAG) {
    throw new Error(`Cannot accept signature: its tag is not ${SIGNATURE_TAG}`);
  }
  if ((parameters.get("alg") ?? HMAC_ALGORITHM) !== HMAC_ALGORITHM) {
    throw new Error("Cannot accept signature: it names another algorithm than its key's");
  }
  if (createdAt > now + SKEW_SECONDS || expiresAt <= now) {
    throw new Error("Cannot accept signature: it is not of now");
  }
  if (expiresAt <= createdAt || expiresAt - createdAt > SIGNATURE_SECONDS_MAX) {
    throw new Error(`Cannot accept signature: it lasts longer than ${SIGNATURE_SECONDS_MAX} s`);
  }
  return { keyId, nonce, createdAt, expiresAt };
}

function isName(value: BareValue | undefined): value is string {
  return typeof value === "string" && NAME.test(value);
}

function isSeconds(value: BareValue | undefined): value is number {
  return typeof value === "number" && value >= 0;
}

/** Whether a signature is that of a key over this very request. */
export function isHmacOf(
  { bytes, input }: Pick<ReadSignature, "bytes" | "input">,
  request: SignableRequest,
  secret: Uint8Array,
): boolean {
  const expected = createHmac("sha256", secret).update(signatureBase(request, input)).digest();
  return bytes.byteLength === expected.byteLength && timingSafeEqual(expected, bytes);
}

/**
 * The text that is signed.
 *
 * @param input Parts and parameters, as in Signature-Input.
 * @throws {Error} A part is not there.
 */
export function signatureBase(request: SignableRequest, input: Member): string {
  const lines = (input.value as readonly Member[]).map((part) =>
    `${formatMember(part)}: ${partOf(request, part.value as string)}`
  );
  return [...lines, `"@signature-params": ${formatMember(input)}`].join("\n");
}

function partOf(request: SignableRequest, name: string): string {
  const { method, scheme, target } = request;
  const queryAt = target.indexOf("?");
  switch (name) {
    case "@method":
      return method;
    case "@authority":
      return request.authority.toLowerCase().replace(scheme === "https" ? /:443$/ : /:80$/, "");
    case "@path":
      return (queryAt < 0 ? target : target.slice(0, queryAt)) || "/";
    case "@query":
      return queryAt < 0 ? "?" : target.slice(queryAt);
  }
  const value = request.header(name);
  // An unknown derived part is no header's name either.
  if (value === undefined) throw new Error(`Cannot make signature base: part ${name} is not there`);
  return value.trim().replace(/\s*[\r\n]+\s*/g, " ");
}

/** How a request is signed. */
export interface SignOptions {
  readonly keyId: string;
  readonly secret: Uint8Array;
  /** Seconds since 1970. */
  readonly now: number;
  /** Default: a minute. */
  readonly lifeSeconds?: number;
  /** Default: 16 random bytes. */
  readonly nonce?: string;
}

/**
 * The two headers that sign a request.
 *
 * @param request Its headers hold `content-type` and `content-digest` when it brings a body.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { isHmacOf, readSignature, signRequest } from "@wavekeep/core/crypto";
 *
 * const request = {
 *   ...{ method: "GET", scheme: "https", authority: "eeg.example", target: "/recordings" } as const,
 *   header: (_name: string): string | undefined => undefined,
 * };
 * const secret = new TextEncoder().encode("wk_…");
 * const keyId = "01890a5d-ac96-774b-bcce-b302099a8057";
 * const headers = signRequest(request, { keyId, secret, now: 1_700_000_000 });
 *
 * const header = (name: string) => (headers as Record<string, string>)[name];
 * const found = readSignature({ header }, { hasBody: false, now: 1_700_000_010 });
 * strictEqual(isHmacOf(found, request, secret), true);
 * strictEqual(isHmacOf(found, { ...request, target: "/recordings?limit=9" }, secret), false);
 * ```
 */
export function signRequest(
  request: SignableRequest,
  { keyId, secret, now, lifeSeconds = 60, nonce = newNonce() }: SignOptions,
): { "signature-input": string; signature: string } {
  const hasBody = request.header("content-digest") !== undefined;
  const parts = hasBody ? [...REQUEST_PARTS, ...BODY_PARTS] : REQUEST_PARTS;
  const input: Member = {
    value: parts.map((value) => ({ value, parameters: new Map() })),
    parameters: new Map<string, BareValue>([
      ["created", now],
      ["expires", now + lifeSeconds],
      ["nonce", nonce],
      ["keyid", keyId],
      ["tag", SIGNATURE_TAG],
    ]),
  };
  const bytes = createHmac("sha256", secret).update(signatureBase(request, input)).digest();
  return {
    "signature-input": `wavekeep=${formatMember(input)}`,
    "signature": `wavekeep=:${Buffer.from(bytes).toString("base64")}:`,
  };
}

function newNonce(): string {
  return randomBytes(16).toString("base64url");
}
