// Random queries about random zones: for each name of a zone, names above, below and beside it, in any case of letters, of many types, as resolvers and as nobody
// in their right mind asks: with EDNS and without, with any size, over UDP and TCP.

import type { Random } from "#engine";
import { encodeMessage, type Message, Name, RrClass, typeName, typeNumber } from "#wire";
import { anyLabel, fillUp, happens, pick, type RandomZone } from "./random-zone.ts";

/** A query of the random kind. */
export interface RandomQuery {
  readonly name: Name;
  readonly type: number;
  readonly transport: "udp" | "tcp";
  readonly flags: { readonly rd: boolean; readonly ad: boolean; readonly cd: boolean };
  /** Absent: no EDNS. */
  readonly edns?: { readonly size: number; readonly isDnssecOk: boolean; readonly hasOption: boolean };
}

/** Types that are asked for, the more frequent ones several times. */
const types: readonly number[] =
  `A A A A A AAAA AAAA MX NS NS DS DS DS CNAME DNAME TXT TXT SRV HTTPS HTTPS SVCB SOA DNSKEY NSEC NSEC3 RRSIG ANY ANY NSEC3PARAM
  PTR LOC CAA NAPTR HINFO RP KX AFSDB TYPE65280 TYPE64000`
    .split(/\s+/)
    .map((name) => typeNumber(name) ?? 0);

/** A random query about a zone. */
export function makeRandomQuery(random: Random, zone: RandomZone): RandomQuery {
  const edns = happens(random, 30)
    ? undefined
    : {
        size: pick(random, [0, 511, 512, 700, 1232, 1232, 4096, 65_535]),
        isDnssecOk: happens(random, 70),
        hasOption: happens(random, 10),
      };
  return {
    name: anyCase(random, anyName(random, zone)),
    type: pick(random, types),
    transport: happens(random, 70) ? "udp" : "tcp",
    flags: { rd: happens(random, 30), ad: happens(random, 10), cd: happens(random, 10) },
    ...(edns ? { edns } : {}),
  };
}

function anyName(random: Random, { apex, nodes, targets }: RandomZone): Name {
  const owners = [...nodes.values()].map(({ name }) => name);
  const base = happens(random, 15) && targets.length > 0 ? pick(random, targets) : pick(random, owners);
  switch (random.integer(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return base;
    case 4:
      return base.parent() ?? base;
    case 5:
    case 6:
      return base.prepend(anyLabel(random)) ?? base;
    case 7: {
      const child = base.prepend(anyLabel(random)) ?? base;
      return child.prepend(anyLabel(random)) ?? child;
    }
    case 8:
      // Beside it: its neighbours in canonical order too.
      return base.equals(apex) ? base : (base.parent()?.prepend(anyLabel(random)) ?? base);
    case 9:
      return neighbour(random, base) ?? base;
    case 10:
      return happens(random, 50) ? fillUp(base) : fillUp(base).slice(1);
    default:
      return base.prepend(Uint8Array.of(0x2a)) ?? base;
  }
}

/** A name right behind or before another one: the last octet of its first label is another, or there is one more. */
function neighbour(random: Random, name: Name): Name | undefined {
  const parent = name.parent();
  if (!parent) return undefined;
  const label = name.label(0);
  const last = label.at(-1) ?? 0;
  const changed = pick(random, [
    Uint8Array.of(...label.subarray(0, -1), (last + 1) & 0xff),
    Uint8Array.of(...label.subarray(0, -1), (last + 255) & 0xff),
    Uint8Array.of(...label, 0),
    Uint8Array.of(0, ...label),
  ]);
  return changed.length > 63 ? undefined : parent.prepend(changed);
}

function anyCase(random: Random, name: Name): Name {
  if (!happens(random, 30)) return name;
  const octets = name.octets.slice();
  for (let at = 0; octets[at] !== 0; at += (octets[at] ?? 0) + 1) {
    for (let i = at + 1; i <= at + (octets[at] ?? 0); i++) {
      const letter = (octets[i] ?? 0) | 0x20;
      if (letter >= 0x61 && letter <= 0x7a && happens(random, 50)) octets[i] = (octets[i] ?? 0) ^ 0x20;
    }
  }
  return Name.fromOctets(octets) ?? name;
}

/** A query's octets. */
export function encodeRandomQuery({ name, type, flags, edns }: RandomQuery, id: number): Uint8Array {
  const message: Message = {
    id,
    flags: { qr: false, opcode: 0, aa: false, tc: false, ra: false, ...flags },
    rcode: 0,
    question: [{ name, type, class: RrClass.IN }],
    answer: [],
    authority: [],
    additional: [],
    ...(edns
      ? {
          edns: {
            udpPayloadSize: edns.size,
            version: 0,
            isDnssecOk: edns.isDnssecOk,
            options: edns.hasOption ? [{ code: 65_001, octets: Uint8Array.of(1, 2, 3) }] : [],
          },
        }
      : {}),
  };
  const encoded = encodeMessage(message);
  if (!encoded.ok) throw new Error(`Cannot encode a query for ${name.toString()}: ${encoded.failure.code}`);
  return encoded.value.octets;
}

/** A query as a line of dig. */
export function formatRandomQuery({ name, type, transport, flags, edns }: RandomQuery): string {
  return [
    `'${name.toString().replaceAll("'", "\\039")}'`,
    typeName(type),
    ...(transport === "tcp" ? ["+tcp"] : ["+ignore"]),
    flags.rd ? "+rec" : "+norec",
    ...(flags.ad ? ["+ad"] : ["+noad"]),
    ...(flags.cd ? ["+cd"] : []),
    ...(edns ? [`+bufsize=${edns.size}`, "+nocookie", ...(edns.isDnssecOk ? ["+dnssec"] : [])] : ["+noedns"]),
    ...(edns?.hasOption ? ["+ednsopt=65001:010203"] : []),
  ].join(" ");
}
