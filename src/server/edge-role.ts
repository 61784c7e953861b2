// The edge role: the edge on the public addresses of resources, and the visitor proxy beside it.

import { startDataRole } from "./data-role.ts";
import { limitedLog } from "./limited-log.ts";
import { makeEdgeEngines } from "./make-engines.ts";
import { lookUpWith } from "./name-lookup.ts";
import type { StartRole } from "./role.ts";

/** How long requests under way may take when the role stops, in milliseconds. */
const drainMs = 5000;
