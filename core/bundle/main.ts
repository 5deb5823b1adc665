/**
 * `deno task bundle`: services as bundles, made unless they are there.
 *
 * @module
 */

import { print } from "../service/print.ts";
import { BUNDLED_SERVICES, type BundledService, bundleService } from "./service_bundles.ts";

const USAGE = `Makes the bundles that services run from, unless these were made of the same sources.

Usage: deno task bundle [SERVICE]…

Without a SERVICE: all of them (${
  BUNDLED_SERVICES.join(", ")
}). The tasks that run them do this by themselves;
do it by hand where the checkout may not be written when a service starts: in an image, or after an update
of a checkout that belongs to somebody else than the service. The first bundle of a machine fetches the bundler
from the npm registry.

Exit codes: 0 they are there, 1 they cannot be made, 2 usage.
`;

async function main(args: string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    print("stdout", USAGE);
    return 0;
  }
  const isService = (name: string): name is BundledService =>
    (BUNDLED_SERVICES as string[]).includes(name);
  if (!args.every(isService)) {
    print("stderr", USAGE);
    return 2;
  }
  for (const service of args.length === 0 ? BUNDLED_SERVICES : args) {
    try {
      await bundleService(service, {
        onWork: (name) => print("stderr", `bundling ${name}`),
      });
    } catch (error) {
      print("stderr", whyNot(service, error as Error));
      return 1;
    }
  }
  return 0;
}

function whyNot(service: BundledService, error: Error): string {
  const isReadOnly = error instanceof Deno.errors.PermissionDenied ||
    /read-only|permission denied|os error (13|30)/i.test(error.message);
  return isReadOnly
    ? `Cannot bundle ${service}: ${service}/dist may not be written here. ` +
      `Run "deno task bundle ${service}" as the owner of the checkout, after each update of it.`
    : error.message;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
