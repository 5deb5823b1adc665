/**
 * Bench, load. The generator: a process of its own, so that its garbage and its timers are nobody else's.
 *
 * Reads commands from standard input, a JSON object a line, does one after the other, and ends with its
 * input: whoever started it need only go away.
 *
 * @module
 */

import process from "node:process";
import { TextLineStream } from "./line_stream.ts";
import { type LoadClients, openLoadClients } from "./load_clients.ts";
import type { Command, GeneratorSetup, Reply } from "./messages.ts";

/** What the run reads is bytes; anything else that this process printed would break it. */
async function say(reply: Reply): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(reply)}\n`);
  for (let offset = 0; offset < bytes.length;) {
    offset += await Deno.stdout.write(bytes.subarray(offset));
  }
}

async function obey(clients: LoadClients, command: Command): Promise<void> {
  switch (command.do) {
    case "open":
      return await say({ said: "opened", result: await clients.open(command) });
    case "run": {
      const phases = {
        measuring: () => void say({ said: "measuring" }),
        measured: () => void say({ said: "measured" }),
        progress: (text: string) => void say({ said: "progress", text }),
      };
      return await say({ said: "ran", result: await clients.run(command, phases) });
    }
  }
}

async function main(): Promise<void> {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  let clients: LoadClients | undefined;
  let obeying = Promise.resolve();
  for await (const line of lines) {
    // Not waited for here: the end of the input must be seen in the middle of a run.
    obeying = obeying.then(async () => {
      try {
        if (clients !== undefined) return await obey(clients, JSON.parse(line));
        clients = await openLoadClients(JSON.parse(line) as GeneratorSetup);
        await say({ said: "ready", origin: clients.origin });
      } catch (error) {
        await say({ said: "failed", message: (error as Error).message });
      }
    });
  }
}

if (import.meta.main) {
  // Whoever started it is gone, or does not listen: there is nobody to say anything to.
  await main().finally(() => process.exit(0));
}
