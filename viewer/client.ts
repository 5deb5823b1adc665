/**
 * The browser's entry of the pages about recordings: brings their islands to life.
 *
 * @module
 */

import { bringToLife } from "./islands/bring_to_life.ts";
import { ProofExport } from "./routes/recordings/(_islands)/ProofExport.tsx";
import { TraceViewer } from "./routes/recordings/(_islands)/TraceViewer.tsx";

bringToLife({ ProofExport, TraceViewer });
