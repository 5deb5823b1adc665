/**
 * Which renderer draws the traces, and the way to another one.
 *
 * @module
 */

import type { VNode } from "preact";
import { rendererReason, rendererText } from "../../../signal/renderer/renderer_host.ts";
import type { Renderer } from "../(_islands)/use_renderer.ts";

/** The button; its title has the figures of the measurement. */
export function RendererButton({ renderer }: { readonly renderer: Renderer }): VNode {
  const reason = rendererReason(renderer.state);
  return (
    <button
      type="button"
      class="link"
      title={`${reason}. Press to change`}
      onClick={renderer.step}
    >
      {rendererText(renderer.state)}
    </button>
  );
}
