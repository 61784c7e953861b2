// Routes of names: domains, zones and records.

import { z } from "@hono/zod-openapi";
import {
  changeRecordBody,
  changeRrsetsBody,
  domain,
  domainList,
  editRrsetBody,
  importBody,
  PlatformError,
  putRrsetBody,
  registerBody,
  rrsetList,
  zone,
  zoneAdvice,
  zoneDocument,
  zoneList,
} from "#contract";
import { mayReadZone } from "../access/authorise.ts";
import type { ControlCore } from "../control.ts";
import { readName, readOwner, shown } from "../names.ts";
import { resourceZone } from "../resources.ts";
import { viewDomain, viewZone, viewZoneFile } from "../views.ts";
import { viewRrsetsAt } from "../view-rrsets.ts";
import { declareSearch } from "./search-routes.ts";
import { writeZoneDocument } from "../zone-document.ts";
import { byName, declare, declareWrite, document, type Api } from "./routes.ts";

/** Declares the routes of domains, zones and records. */
export function declareNameRoutes(api: Api, core: ControlCore): void {
  declareDomains(api, core);
  declareZones(api, core);
  declareRecords(api, core);
}

/** `?all=1` lists what is the platform's own too. */
const listQuery = z.strictObject({ all: z.enum(["0", "1"]).optional() });

function declareDomains(api: Api, core: ControlCore): void {
  const { state } = core.views;
  declare(
    api,
    {
      method: "get",
      path: "/v1/domains",
      summary: "All registered domains; the platform's own with all=1",
      query: listQuery,
      answer: domainList,
    },
    ({ query }) => ({
      domains: byName(
        [...state.all("domain").values()]
          .filter(({ value }) => query["all"] === "1" || value.name !== resourceZone)
          .map((held) => viewDomain(core.views, held)),
      ),
    }),
  );
  declareSearch(api, core);
  declare(
    api,
    { method: "get", path: "/v1/domains/{name}", summary: "One registered domain", answer: domain },
    ({ params }) => {
      const name = readName(params["name"] ?? "");
      const held = state.get("domain", name);
      if (!held)
        throw new PlatformError(
          "domain-not-found",
          `Cannot find domain "${shown(name)}": it is not registered`,
        );
      return viewDomain(core.views, held);
    },
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/domains",
      summary: "Register a domain; its zone is created with it",
      body: registerBody,
    },
    ({ body }) => ({ action: "register", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: "/v1/domains/{name}", summary: "Delete a domain with its zone and records" },
    ({ params }) => ({ action: "delete-domain", name: params["name"] ?? "" }),
  );
}

function declareZones(api: Api, core: ControlCore): void {
  const { state } = core.views;
  declare(
    api,
    {
      method: "get",
      path: "/v1/zones",
      summary: "All zones; the platform's own with all=1",
      query: listQuery,
      answer: zoneList,
    },
    ({ query }, c) => ({
      zones: byName(
        [...state.all("zone").values()]
          .filter(({ value }) => query["all"] === "1" || value.apex !== resourceZone)
          .filter(({ value }) => mayReadZone(c.get("principal"), value.apex))
          .map((held) => viewZone(core.views, held)),
      ),
    }),
  );
  declare(api, { method: "get", path: "/v1/zones/{zone}", summary: "One zone", answer: zone }, ({ params }) =>
    viewZone(core.views, heldZone(core, params["zone"])),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/zones/{zone}/document",
      summary: "The zone as a document that an import takes back whole",
      answer: zoneDocument,
    },
    ({ params }) => writeZoneDocument(state, heldZone(core, params["zone"]).value),
  );
  document(api, {
    path: "/v1/zones/{zone}/export",
    summary: "The zone as zone-file text",
    mediaType: "text/dns",
    about: "RFC 1035 section 5",
  });
  api.get("/v1/zones/:zone/export", (c) =>
    c.body(viewZoneFile(core.views, heldZone(core, c.req.param("zone")).value), 200, {
      "content-type": "text/dns; charset=us-ascii", // RFC 4027
    }),
  );
}

/** RRsets of a page where nobody says how many. */
const defaultPage = 1000;
const rrsetsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(5000).optional(),
  pageToken: z.string().min(1).max(1100).optional(),
  /** As for `put-rrset`. */
  name: z.string().min(1).max(1020).optional(),
});

function declareRecords(api: Api, core: ControlCore): void {
  declareSingleRecords(api, core);
  declare(
    api,
    {
      method: "get",
      path: "/v1/zones/{zone}/rrsets",
      summary:
        "The record sets of a zone: all of them, with `limit` page by page, with `name` those of one name",
      query: rrsetsQuery,
      answer: rrsetList,
    },
    ({ params, query }) => {
      const { value } = heldZone(core, params["zone"]);
      const { name, limit, pageToken } = query;
      if (name !== undefined) return { rrsets: viewRrsetsAt(core.views, value, readOwner(name, value.apex)) };
      if (limit === undefined && pageToken === undefined)
        return core.listings.all(value).then((rrsets) => ({ rrsets }));
      return core.listings.page(value, Number(limit ?? defaultPage), pageToken);
    },
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/zones/{zone}/advice",
      summary:
        "What there is to say of a zone's records: hidden ones, targets that are not there, policies that cost too much",
      answer: zoneAdvice,
    },
    ({ params }) => core.advisor.of(heldZone(core, params["zone"]).value.apex),
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: "/v1/zones/{zone}/rrsets",
      summary: "Create or replace a record set",
      body: putRrsetBody,
    },
    ({ params, body }) => ({ action: "put-rrset", zone: params["zone"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/zones/{zone}/rrsets/edits",
      summary: "Change record sets as one, where they are what was expected",
      body: changeRrsetsBody,
    },
    ({ params, body }) => ({ action: "change-rrsets", zone: params["zone"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: "/v1/zones/{zone}/rrsets/{name}/{type}", summary: "Delete a record set" },
    ({ params }) => ({
      action: "delete-rrset",
      zone: params["zone"] ?? "",
      name: params["name"] ?? "",
      type: params["type"] ?? "",
    }),
  );
  declareWrite(
    api,
    core,
    {
      method: "delete",
      path: "/v1/zones/{zone}/rrsets/{name}/{type}/{setIdentifier}",
      summary: "Delete one of several record sets that a routing policy chooses from",
    },
    ({ params }) => ({
      action: "delete-rrset",
      zone: params["zone"] ?? "",
      name: params["name"] ?? "",
      type: params["type"] ?? "",
      setIdentifier: params["setIdentifier"] ?? "",
    }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/zones/{zone}/import",
      summary: "Import records of a zone file, or a zone's document",
      body: importBody,
    },
    ({ params, body }) => {
      const zone = params["zone"] ?? "";
      return "records" in body
        ? { action: "import-zone", zone, records: body.records }
        : { action: "import-document", zone, document: body.document };
    },
  );
}

/** Records one by one, by value or by the id of their entry. */
function declareSingleRecords(api: Api, core: ControlCore): void {
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/zones/{zone}/rrsets",
      summary: "Add records to a record set, take some out of it, change its TTL",
      body: editRrsetBody,
    },
    ({ params, body }) => ({ action: "edit-rrset", zone: params["zone"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: "/v1/zones/{zone}/records/{id}",
      summary: "Change one record, by the id of its entry",
      body: changeRecordBody,
    },
    ({ params, body }) => ({
      action: "change-record",
      zone: params["zone"] ?? "",
      id: params["id"] ?? "",
      ...body,
    }),
  );
  declareWrite(
    api,
    core,
    {
      method: "delete",
      path: "/v1/zones/{zone}/records/{id}",
      summary: "Delete one record, by the id of its entry",
    },
    ({ params }) => ({ action: "delete-record", zone: params["zone"] ?? "", id: params["id"] ?? "" }),
  );
}

/** The zone of a path. Throws `zone-not-found`. */
export function heldZone({ views }: ControlCore, text: string | undefined): Parameters<typeof viewZone>[1] {
  const apex = readName(text ?? "");
  const held = views.state.get("zone", apex);
  if (!held)
    throw new PlatformError("zone-not-found", `Cannot find zone "${shown(apex)}": it is not served here`);
  return held;
}
