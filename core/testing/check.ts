/**
 * `deno task check`: types of everything in the workspace, tests and examples in documentation included.
 *
 * Exit codes: 0 clean, 1 not clean, 2 usage.
 *
 * @module
 */
const USAGE = `Usage: deno task check [PATH]…

Checks the types of the whole workspace, or of the paths given, examples in their documentation
included. \`deno task ok\` also checks format and lint and runs the tests.

Exit codes: 0 clean, 1 not clean, 2 usage.
`;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    await Deno.stdout.write(new TextEncoder().encode(USAGE));
    return 0;
  }
  const unknown = args.find((arg) => arg.startsWith("-"));
  if (unknown !== undefined) {
    await Deno.stderr.write(new TextEncoder().encode(`Unknown flag ${unknown}\n\n${USAGE}`));
    return 2;
  }
  const paths = args.length > 0 ? args : ["."];
  const { code } = await new Deno.Command(Deno.execPath(), { args: ["check", "--doc", ...paths] })
    .spawn().status;
  return code === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
