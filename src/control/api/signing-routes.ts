// Routes of the signing of zones (DNSSEC).

import { rollBody, zoneSigningBody, zoneSigningStatus } from "#contract";
import type { ControlCore } from "../control.ts";
import { declare, declareWrite, type Api } from "./routes.ts";

/** The zone that a path speaks of. A segment that is a dot is taken out of a URL by whoever reads it (RFC 3986, section 5.2.4). */
function zoneOf({ zone = "" }: Readonly<Record<string, string>>): string {
  return zone === "@" ? "." : zone;
}

/** Declares the routes of how zones are signed. */
export function declareSigningRoutes(api: Api, core: ControlCore): void {
  declare(
    api,
    {
      method: "get",
      path: "/v1/zones/{zone}/signing",
      summary:
        "How a zone is signed, with its keys and what is next for them; `@` is the root, whose dot no path can carry",
      answer: zoneSigningStatus,
    },
    ({ params }) => core.signing.status(zoneOf(params)),
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: "/v1/zones/{zone}/signing",
      summary: "Have a zone signed, with NSEC or NSEC3, or not",
      body: zoneSigningBody,
    },
    ({ params, body }) => ({ action: "set-zone-signing", zone: zoneOf(params), ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/zones/{zone}/signing/rolls",
      summary: "Have a key of a zone take the place of another before its time",
      body: rollBody,
    },
    ({ params, body }) => ({ action: "roll-zone-key", zone: zoneOf(params), ...body }),
  );
}
