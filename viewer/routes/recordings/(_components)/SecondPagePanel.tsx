/**
 * The place of the second page beside the first.
 *
 * @module
 */

import type { VNode } from "preact";
import { Later } from "./Later.tsx";
import type { OpenSecondPageProps } from "./OpenSecondPage.tsx";

/** What the panel needs. */
export type SecondPagePanelProps = Omit<OpenSecondPageProps, "choice">;

/** The panel; nothing while there is no second page. */
export function SecondPagePanel(props: SecondPagePanelProps): VNode | null {
  const { second: { choice } } = props;
  if (choice === undefined) return null;
  return <Later part="OpenSecondPage" props={{ ...props, choice }} place="second" />;
}
