/**
 * The browser's entry of pages about people: signing in, links, credentials.
 *
 * @module
 */

import { bringToLife } from "./islands/bring_to_life.ts";
import { KeepCodes } from "./islands/KeepCodes.tsx";
import { LinkReader } from "./islands/LinkReader.tsx";
import { PasskeyButton } from "./islands/PasskeyButton.tsx";
import { PasskeyMaker } from "./islands/PasskeyMaker.tsx";

bringToLife({ KeepCodes, LinkReader, PasskeyButton, PasskeyMaker });
