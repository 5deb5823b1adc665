/**
 * A part of the screen whose script is fetched after the first page. As a rule it is here when it is wanted,
 * and is shown at once; else its place is kept until it comes.
 *
 * @module
 */

import { type ComponentType, h, type VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type LaterParts, loadLater, useLaterParts } from "../(_islands)/load_later.ts";

/** Names of the parts that are components. */
type PartName = {
  // deno-lint-ignore no-explicit-any -- each part has properties of its own
  [Name in keyof LaterParts]: LaterParts[Name] extends (props: any) => VNode | null ? Name : never;
}[keyof LaterParts];

/** What is shown of a part. */
export interface LaterProps<Name extends PartName> {
  readonly part: Name;
  readonly props: Parameters<LaterParts[Name]>[0];
  /** Class of the place that is kept for it. */
  readonly place?: string;
}

/** The part; until it is here, its place, and what went wrong with a way to try again. */
export function Later<Name extends PartName>(
  { part, props, place = "" }: LaterProps<Name>,
): VNode {
  const parts = useLaterParts();
  const [problem, setProblem] = useState<string>();
  const fetchPart = () => {
    setProblem(undefined);
    loadLater().catch((error) => setProblem(error instanceof Error ? error.message : `${error}`));
  };
  useEffect(() => parts === undefined ? fetchPart() : undefined, []);
  if (parts !== undefined) return h(parts[part] as ComponentType<object>, props as object);
  return (
    <div class={`later ${place}`}>
      {problem === undefined
        ? <p class="muted" role="status">Opening…</p>
        : (
          <p class="notice bad" role="alert">
            Not opened: {problem}.
            <button type="button" onClick={fetchPart}>Try again</button>
          </p>
        )}
    </div>
  );
}
