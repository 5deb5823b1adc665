/**
 * A part of the page that is fetched when it is first wanted.
 *
 * @module
 */

import { type ComponentType, h, type VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Shows the part with its properties as soon as it is here. */
export function Lazy<P extends object>(
  { load, props }: { readonly load: () => Promise<ComponentType<P>>; readonly props: P },
): VNode {
  const [part, setPart] = useState<ComponentType<P>>();
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    let isGone = false;
    load().then((loaded) => {
      if (!isGone) setPart(() => loaded);
    }, () => setFailed(true));
    return () => {
      isGone = true;
    };
  }, []);
  if (part !== undefined) return h(part as ComponentType<object>, props);
  return <p role="status">{hasFailed ? "This part could not be fetched." : "Opening…"}</p>;
}
