// Routes that tell whether names can be registered: one name, and the search.

import { availability, domainSearch, domainSearchQuery } from "#contract";
import { checkDomain } from "#registry";
import type { ControlCore } from "../control.ts";
import { asciiDomain } from "../idna.ts";
import { readName, shown } from "../names.ts";
import { registryView } from "../registry-view.ts";
import { searchDomains, viewAvailability } from "../search-domains.ts";
import { declare, type Api } from "./routes.ts";

/** Names like the one that is looked for, where nobody says how many. */
const defaultCount = 12;

/** Declares the routes of the search. They stand before the route of one domain, whose path would match theirs. */
export function declareSearch(api: Api, core: ControlCore): void {
  const { state, now } = core.views;
  declare(
    api,
    {
      method: "get",
      path: "/v1/domains/search",
      summary: "Names to register: the one looked for under every TLD, and names like it",
      query: domainSearchQuery,
      answer: domainSearch,
    },
    ({ query }) => {
      const {
        query: text = "",
        count = defaultCount,
        onlyAvailable,
      } = query as {
        query?: string;
        count?: number;
        onlyAvailable?: string;
      };
      const view = registryView(state, core.config.profile);
      return searchDomains(view, { query: text, count, onlyAvailable: onlyAvailable === "1" }, now());
    },
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/domains/{name}/availability",
      summary: "Whether a name can be registered",
      answer: availability,
    },
    ({ params }) => {
      const name = readName(asciiDomain(params["name"] ?? ""));
      const outcome = checkDomain(registryView(state, core.config.profile), name, now());
      if (outcome.code !== 1000) throw new RangeError(`Cannot check "${name}": ${outcome.reason}`);
      return viewAvailability(outcome.answer, shown(name));
    },
  );
}
