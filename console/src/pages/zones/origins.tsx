// Who a record belongs to, in words, and where it is changed if not in the table.

import { Link } from "@tanstack/react-router";
import type { Rrset } from "#contract";

const words: Readonly<Record<Rrset["origin"], string>> = {
  user: "by hand",
  import: "imported",
  update: "DNS UPDATE",
  assign: "assignment",
  alias: "alias",
  validation: "certificate",
  platform: "platform",
};

const places: Partial<Record<Rrset["origin"], string>> = { assign: "/assign", validation: "/certificates" };

const abouts: Readonly<Record<Rrset["origin"], string>> = {
  user: "Put by hand; change it here",
  import: "From a zone file; change it here",
  update: "Put by a DNS UPDATE; change it here",
  assign: "Follows the resource that the name is assigned to",
  alias: "Follows the target of the alias",
  validation: "Proves a certificate; it goes with it",
  platform: "The platform keeps it by itself",
};

/** Who keeps a record. */
export function Origin({ origin }: { readonly origin: Rrset["origin"] }) {
  const to = places[origin];
  if (to === undefined)
    return (
      <span className="text-sm text-soft" title={abouts[origin]}>
        {words[origin]}
      </span>
    );
  return (
    <Link to={to as never} className="link text-sm" title={abouts[origin]}>
      {words[origin]}
    </Link>
  );
}
