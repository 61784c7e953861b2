// put-network-table and delete-network-table: where clients' networks are, for the policy `nearest`. One table holds for all zones.

import { type NetworkTable, PlatformError } from "#contract";
import { isIpv4, parseAddress, formatAddress } from "#engine";
import { formatBase64 } from "#wire";
import { coordinatesOf, packedNetworkOctets } from "#zone";
import { networkTableKey, type NetworkTableFact } from "../facts.ts";
import { octetsOf } from "../octets.ts";
import type { Plans } from "../plan-context.ts";

/** How each command of this area is planned. */
export const networkTablePlans: Plans<"put-network-table" | "delete-network-table"> = {
  "put-network-table": ({ draft, state }, { table }) => {
    const packed = packNetworks(table);
    const before = state.value("network-table", networkTableKey);
    if (before && before.packed === packed && JSON.stringify(before.places) === JSON.stringify(table.places))
      throw new PlatformError(
        "input-malformed",
        "Cannot put the table of networks: it is as it is to be already",
      );
    draft.put("network-table", networkTableKey, { places: table.places, packed });
    return outline("Put the table of networks");
  },
  "delete-network-table": ({ draft, state }) => {
    if (!state.value("network-table", networkTableKey))
      throw new PlatformError("record-not-found", "Cannot delete the table of networks: there is none");
    draft.remove("network-table", networkTableKey);
    return outline("Delete the table of networks");
  },
};

function outline(title: string): {
  title: string;
  operationType: string;
  resourceName: string;
  resourceType: string;
} {
  return {
    title,
    operationType: "UpdateNetworkTable",
    resourceName: networkTableKey,
    resourceType: "NetworkTable",
  };
}

/** How many networks a packed table has. */
export function countPacked(packed: string): number {
  return octetsOf(packed).length / packedNetworkOctets;
}

/** Reads a table. Throws `input-malformed` with what is wrong first. */
function packNetworks({ places, networks }: NetworkTable): string {
  const numbers = new Map<string, number>();
  for (const [i, { name, latitude, longitude }] of places.entries()) {
    const refuse = (reason: string): never => {
      throw new PlatformError("input-malformed", `Cannot read place "${name}": ${reason}`);
    };
    if (name === "*" || coordinatesOf(name)) refuse("that stands for something else");
    if (numbers.has(name)) refuse("it is there twice");
    if ((latitude === undefined) !== (longitude === undefined))
      refuse("latitude and longitude belong together");
    numbers.set(name, i);
  }
  const octets = new Uint8Array(networks.length * packedNetworkOctets);
  const seen = new Set<string>();
  for (const [i, text] of networks.entries()) {
    const refuse = (reason: string): never => {
      throw new PlatformError("input-malformed", `Cannot read network "${text.slice(0, 100)}": ${reason}`);
    };
    const [, prefix = "", length, place = ""] =
      /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?[ \t,]+(\S+)$/.exec(text) ??
      refuse("expected NETWORK PLACE, such as 192.0.2.0/24 berlin");
    const address = parseAddress(prefix) ?? refuse(`"${prefix}" is no address`);
    const most = isIpv4(address) && !prefix.includes(":") ? 32 : 128;
    const bits = length === undefined ? most : Number(length);
    if (bits > most) refuse(`an address has ${most} bits`);
    const number = numbers.get(place) ?? refuse(`there is no place "${place}"`);
    const mapped = bits + 128 - most;
    if (hasBitsBeyond(address, mapped)) refuse(`it has bits beyond its ${bits}`);
    const key = `${formatAddress(address)}/${mapped}`;
    if (seen.has(key)) refuse("it is there twice");
    seen.add(key);
    const at = i * packedNetworkOctets;
    octets.set(address, at);
    octets[at + 16] = mapped;
    octets[at + 17] = number >>> 8;
    octets[at + 18] = number & 0xff;
  }
  return formatBase64(octets);
}

function hasBitsBeyond(address: Uint8Array, bits: number): boolean {
  for (let i = bits; i < 128; i++) if (((address[i >>> 3] ?? 0) & (0x80 >>> (i & 7))) !== 0) return true;
  return false;
}

/** The table as it was given. */
export function viewNetworkTable({ places, packed }: NetworkTableFact): NetworkTable {
  const octets = octetsOf(packed);
  const networks: string[] = [];
  for (let at = 0; at < octets.length; at += packedNetworkOctets) {
    const address = octets.slice(at, at + 16);
    const mapped = octets[at + 16] ?? 0;
    const text = formatAddress(address);
    const bits = text.includes(":") ? mapped : mapped - 96;
    const place = places[((octets[at + 17] ?? 0) << 8) | (octets[at + 18] ?? 0)]?.name ?? "";
    networks.push(`${text}/${bits} ${place}`);
  }
  return { places, networks };
}
