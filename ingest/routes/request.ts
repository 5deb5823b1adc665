/**
 * Reading requests: path, body, digest and sender, each checked before a use case sees it.
 *
 * Sole owner of how a request body is read: counted as it arrives, with an end in time, and compared
 * with its Content-Digest.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { Code, Hex16, Hex32 } from "@wavekeep/core/recording";
import {
  headerOf,
  incomingOf,
  isClientGone,
  readBounded,
  readIncoming,
  requireContentDigest,
  validationProblem,
} from "@wavekeep/core/service";
import { DEVICE_HEADER, DEVICE_KEY_HEADER } from "@wavekeep/core/wire";
import type { Context } from "hono";
import * as z from "zod";
import type { IngestLimits } from "../deps.ts";
import type { RecordingCodes } from "../find_recording.ts";
import { refuseFlood } from "../refuse_flood.ts";
import type { Sender } from "../store/ingest_store.ts";

export const RecordingPath = z.object({ "patient_id": Code, "recording_id": Code });
export const SegmentPath = z.object({ "segment_id": Hex16 });
export const ChunkPath = SegmentPath.extend({
  "stream": z.string().regex(/^\d{1,5}$/).transform(Number).pipe(z.int().max(65535)),
  "sequence": z.string().regex(/^\d{1,10}$/).transform(Number).pipe(z.int().max(2 ** 31 - 1)),
});

export const KeyPath = z.object({ "key_id": Hex32 });
export const ParameterSetPath = SegmentPath.extend({ "digest": Hex32 });

/**
 * Who sends, for the store's event rows: the credential's subject, or the device that a relay names. The row's
 * role says which of them gave its word.
 *
 * @throws {ProblemError} `forbidden`: somebody else than a relay speaks for a device; `validation`.
 */
export function senderOf(c: Context): Sender {
  // Not by `c.var`, which makes an object of all that a request carries.
  const { siteId, subject, role, keyId } = c.get("principal");
  const device = headerOf(c, DEVICE_HEADER);
  if (device !== undefined) return relayedSender(c, device);
  const sender = { siteId, actor: subject, role, requestId: c.get("requestId") };
  return keyId === undefined ? sender : { ...sender, keyId };
}

const RelayedDevice = z.object({
  device: z.string().regex(/^[\w.@:-]{1,128}$/),
  key: Hex32.optional(),
});

function relayedSender(c: Context, device: string): Sender {
  const { siteId, role } = c.get("principal");
  if (role !== "relay") {
    throw new ProblemError("forbidden", { detail: `Role ${role} may not speak for a device` });
  }
  const named = RelayedDevice.safeParse({ device, key: c.req.header(DEVICE_KEY_HEADER) });
  if (!named.success) throw validationProblem(named.error, "/headers");
  const { key: keyId } = named.data;
  const sender = { siteId, actor: device, role, requestId: c.get("requestId") };
  return keyId === undefined ? sender : { ...sender, keyId };
}

/** @throws {ProblemError} `validation`, with pointers into the path. */
export function readPath<Schema extends z.ZodType>(c: Context, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(c.req.param());
  if (!result.success) throw validationProblem(result.error, "/path");
  return result.data;
}

/** @throws {ProblemError} `validation`, with pointers into the query. */
export function readQuery<Schema extends z.ZodType>(c: Context, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(c.req.query());
  if (!result.success) throw validationProblem(result.error, "/query");
  return result.data;
}

export function readCodes(c: Context): RecordingCodes {
  const path = readPath(c, RecordingPath);
  return { patientCode: path.patient_id, recordingCode: path.recording_id };
}

/** What a body may have. */
interface BodyLimits {
  readonly limits: Pick<IngestLimits, "bodyBytesMax" | "bodyTimeoutMs">;
}

/**
 * Reads a JSON body that fits `schema`.
 *
 * @throws {ProblemError} `unsupported-media-type`, `malformed-json`, `validation` with all misfits, and
 * what {@link readBody} throws.
 */
export async function readJson<Schema extends z.ZodType>(
  c: Context,
  deps: BodyLimits,
  schema: Schema,
): Promise<z.output<Schema>> {
  return (await readJsonBody(c, deps, schema)).value;
}

/** As {@link readJson}, with the bytes as they came. */
export async function readJsonBody<Schema extends z.ZodType>(
  c: Context,
  deps: BodyLimits,
  schema: Schema,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; value: z.output<Schema> }> {
  if (mediaType(c) !== "application/json") {
    throw new ProblemError("unsupported-media-type", { detail: "application/json is wanted" });
  }
  const bytes = await readBody(c, deps);
  const value = parseJson(bytes);
  refuseFlood(value);
  const result = schema.safeParse(value);
  if (!result.success) throw validationProblem(result.error, "/body");
  return { bytes, value: result.data };
}

/** Media type of the request body, without parameters; empty when none is given. */
export function mediaType(c: Context): string {
  return (headerOf(c, "content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

/**
 * Reads the whole body.
 *
 * @throws {ProblemError} `unsupported-media-type` when it is compressed, `body-too-large`,
 * `request-timeout`, `content-digest-mismatch`.
 */
export async function readBody(
  c: Context,
  { limits }: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoding = headerOf(c, "content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    // Its true size is known only after it has been spent.
    throw new ProblemError("unsupported-media-type", {
      detail: "Request bodies must not be compressed",
    });
  }
  const declared = Number(headerOf(c, "content-length") ?? NaN);
  if (declared > limits.bodyBytesMax) throw tooLarge(limits.bodyBytesMax);
  const reading = readBytes(c, declared, limits.bodyBytesMax);
  // node:http has its own end for slow bodies (core/service/serve.ts); a hosted edge may not.
  const bytes = incomingOf(c.env) === undefined
    ? await withDeadline(reading, limits.bodyTimeoutMs)
    : await reading;
  if (bytes.byteLength > limits.bodyBytesMax) throw tooLarge(limits.bodyBytesMax);
  const digest = headerOf(c, "content-digest");
  if (digest !== undefined) requireContentDigest(digest, bytes);
  return bytes;
}

async function readBytes(
  c: Context,
  declared: number,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    // With a declared length node:http reads no more than that; without one the bytes are counted.
    if (!Number.isNaN(declared)) {
      const incoming = incomingOf(c.env);
      if (incoming !== undefined) return await readIncoming(incoming, declared);
      return new Uint8Array(await c.req.raw.arrayBuffer());
    }
    const body = c.req.raw.body;
    return body === null ? new Uint8Array() : await readBounded(body, bytesMax);
  } catch (cause) {
    if (cause instanceof ProblemError || isClientGone(cause)) throw cause;
    throw new ProblemError("request-timeout", {
      detail: "The request body did not arrive whole",
      cause,
    });
  }
}

async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const detail = `The request body did not arrive within ${timeoutMs} ms`;
      reject(new ProblemError("request-timeout", { detail }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
    // Left behind when the deadline won: its failure must not count as unhandled.
    work.catch(() => {});
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    // The parser's message quotes the body, which may hold anything.
    throw new ProblemError("malformed-json", {
      detail: `Body of ${bytes.byteLength} bytes is not JSON in UTF-8`,
      cause,
    });
  }
}

function tooLarge(bytesMax: number): ProblemError {
  return new ProblemError("body-too-large", {
    detail: `Request bodies may have ${bytesMax} bytes`,
    extensions: { "limit_bytes": bytesMax },
  });
}
