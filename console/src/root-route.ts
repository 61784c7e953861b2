// The root of all routes: the frame, what stands where a page is not, and what stands where one fails.

import { createRootRoute } from "@tanstack/react-router";
import { NotFound, PageFault } from "./shell/not-found.tsx";
import { Shell } from "./shell/shell.tsx";

/** The root route; areas hang theirs below it. */
export const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageFault,
});
