/**
 * The browser's entry of pages about people: signing in, links, credentials, secrets that are shown once.
 *
 * @module
 */

import { bringToLife } from "./islands/bring_to_life.ts";
import { OneTimeSecret } from "./components/OneTimeSecret.tsx";
import { KeepCodes } from "./islands/KeepCodes.tsx";
import { LinkReader } from "./islands/LinkReader.tsx";
import { PasskeyButton } from "./islands/PasskeyButton.tsx";
import { PasskeyMaker } from "./islands/PasskeyMaker.tsx";

bringToLife({ KeepCodes, LinkReader, OneTimeSecret, PasskeyButton, PasskeyMaker });
