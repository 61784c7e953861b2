// Control with what is in front of it: the native API, the AWS endpoint, the console and the pages, by the path that a request is for.

import type { Hono } from "hono";
import { createApi } from "./api/app.ts";
import { createConsole, isConsole } from "./api/console.ts";
import { createPages, isPage } from "./api/pages.ts";
import { createAwsEndpoint } from "./aws/endpoint.ts";
import { awsServices } from "./aws/services.ts";
import { ControlCore, type ControlOptions } from "./control.ts";
import type { RoleHub } from "./role-hub.ts";

/** Control as its process sees it. */
export interface Control {
  /** The API alone. */
  readonly app: Hono;
  /** Serves a request to the API or to the pages. @param environment  what the server knows of the connection */
  fetch(request: Request, environment?: object): Response | Promise<Response>;
  /** Takes over the connections of roles. */
  readonly hub: RoleHub;
  /**
   * Loads the state, sets up the platform's own names and publishes. Requests and roles come afterwards.
   * Throws `data-damaged` where the log cannot be read.
   */
  start(): Promise<void>;
  /** Lets go of roles and timers, then closes the store. */
  close(): Promise<void>;
}

/** Makes control. Nothing runs before `start`. */
export function createControl(options: ControlOptions): Control {
  const core = new ControlCore(options);
  const app = createApi(core);
  const pages = createPages(core);
  const site = createConsole(core);
  const aws = createAwsEndpoint(core, awsServices);
  return {
    app,
    fetch: (request, environment) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/" && request.method === "POST") return aws(request);
      if (isConsole(pathname)) return site.fetch(request, environment);
      return isPage(pathname) ? pages.fetch(request, environment) : app.fetch(request, environment);
    },
    hub: core.hub,
    start: () => core.start(),
    close: () => core.close(),
  };
}
