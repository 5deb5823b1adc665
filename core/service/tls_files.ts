/**
 * Layer 6. A certificate and its key out of files, read again when they change.
 *
 * Certificates live for weeks and are renewed by somebody else's program (`follow_files.ts` notices it). Where
 * the new pair is no pair the old one goes on, and the log says so. Hazard: a renewal writes two files one after
 * the other; a certificate whose key is not there yet is left alone.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Server } from "node:https";
import * as z from "zod";
import { followFiles } from "./follow_files.ts";
import type { Logger } from "./json_log.ts";

/** Where the two lie. */
export interface TlsFiles {
  /** PEM: the server's certificate first, then those between it and a root. */
  readonly certFile: string;
  /** PEM, without a pass phrase. */
  readonly keyFile: string;
}

/** What a server is given of them. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
  /** End of the certificate, in milliseconds since 1970. */
  readonly validTo: number;
}

/** Spread these into a service's schema. */
export const TLS_VARIABLES = {
  TLS_CERT_FILE: z.string().min(1).optional().describe(
    "Certificate chain (PEM): the service then speaks HTTPS, and reads it again when it changes",
  ),
  TLS_KEY_FILE: z.string().min(1).optional().describe("Private key of the certificate (PEM), 0600"),
};

/**
 * The files that a configuration names; undefined when it names none.
 *
 * @throws {Error} It names one of the two.
 */
export function tlsFilesOf(
  config: {
    readonly TLS_CERT_FILE?: string | undefined;
    readonly TLS_KEY_FILE?: string | undefined;
  },
): TlsFiles | undefined {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = config;
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new Error("Cannot speak TLS: TLS_CERT_FILE and TLS_KEY_FILE belong together");
  }
  return { certFile, keyFile };
}

/**
 * Reads a pair.
 *
 * @throws {Error} A file is missing or no PEM, the key is another one's, or the certificate has expired.
 */
export async function readTlsPair(files: TlsFiles, now = Date.now()): Promise<TlsPair> {
  const [cert, key] = await Promise.all([
    readText("certificate", files.certFile),
    readText("key", files.keyFile),
  ]);
  const certificate = parsed("certificate", files.certFile, () => new X509Certificate(cert));
  const privateKey = parsed("key", files.keyFile, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error(`Cannot speak TLS: ${files.keyFile} is not the key of ${files.certFile}`);
  }
  const validTo = Date.parse(certificate.validTo);
  if (validTo <= now) {
    throw new Error(`Cannot speak TLS: ${files.certFile} expired ${certificate.validTo}`);
  }
  return { cert, key, validTo };
}

async function readText(what: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "no such file"
      : error instanceof Deno.errors.NotCapable
      ? "it lies outside of the folders in SECRETS_DIR (default /run/secrets)"
      : "it cannot be read";
    throw new Error(`Cannot read TLS ${what} ${path}: ${reason}`);
  }
}

/** The parser's own message may quote a private key. */
function parsed<T>(what: string, path: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new Error(`Cannot read TLS ${what} ${path}: it is no PEM of a ${what}`);
  }
}

/** How a server follows its files. */
export interface FollowOptions {
  readonly logger: Logger;
  /** How often the files are looked at, in milliseconds. */
  readonly lookMs?: number;
}

/**
 * Gives a server each new pair; connections that are open keep the one they began with.
 *
 * @returns What to call when the server has closed.
 */
export function followTlsFiles(
  server: Pick<Server, "setSecureContext">,
  files: TlsFiles,
  { logger, ...options }: FollowOptions,
): () => void {
  const read = async () => {
    try {
      const { cert, key, validTo } = await readTlsPair(files);
      server.setSecureContext({ cert, key, minVersion: TLS_VERSION_MIN });
      logger.info("certificate read", { validTo: new Date(validTo).toISOString() });
    } catch (error) {
      logger.error("certificate not read, the one before goes on", { error });
    }
  };
  return followFiles([files.certFile, files.keyFile], { read, ...options }).close;
}

/** Older ones are broken (RFC 8996). */
export const TLS_VERSION_MIN = "TLSv1.2";
