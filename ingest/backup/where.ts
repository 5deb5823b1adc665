/**
 * Where cluster, keys and superuser are: of a `start` by its data folder, otherwise as they are told.
 *
 * @module
 */

import { join, resolve } from "node:path";
import * as z from "zod";

/** What a command was told. */
export interface WhereFlags {
  /** Folder of a `deno task start`. */
  readonly data?: string | undefined;
  readonly cluster?: string | undefined;
  readonly keys?: string | undefined;
  /** DATABASE_URL. */
  readonly url?: string | undefined;
}

/** Where everything is. */
export interface Where {
  readonly cluster: string;
  readonly keys: string;
  /** A superuser's. */
  readonly url: string;
}

/** Of the file that `start` writes, what is wanted here. */
const Credentials = z.object({
  database: z.object({ superuser: z.string(), port: z.int().nullable() }),
});

/** @throws {Error} Something was not told, and cannot be found. */
export async function findPlaces(flags: WhereFlags): Promise<Where> {
  const data = resolve(flags.data ?? ".wavekeep");
  const isOwn = flags.cluster !== undefined && flags.url !== undefined;
  const credentials = isOwn ? undefined : await readCredentials(data);
  return {
    cluster: resolve(flags.cluster ?? join(data, "postgres")),
    keys: resolve(flags.keys ?? join(data, "keys")),
    url: flags.url ?? urlOf(credentials!),
  };
}

async function readCredentials(data: string): Promise<z.infer<typeof Credentials>> {
  const path = join(data, "credentials.json");
  try {
    return Credentials.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (cause) {
    throw new Error(
      `Cannot find the cluster: ${path} cannot be read; name --data, or --cluster and DATABASE_URL`,
      { cause },
    );
  }
}

function urlOf({ database: { superuser, port } }: z.infer<typeof Credentials>): string {
  return `postgres://postgres:${encodeURIComponent(superuser)}@127.0.0.1:${port ?? 5432}/postgres`;
}
