// Random zones, each following from the numbers that it is given: names of several labels with empty non-terminals between them, odd octets, labels of 63 and
// names of 255 octets, wildcards, CNAME chains and loops, DNAME, delegations with glue and without, with DS and what lies below them, records that name other
// names, sets too large for a datagram. Every server that takes part loads them: nothing is in them that a zone must not have.

import type { Random } from "#engine";
import { Name } from "#wire";

/** What stands at a name. */
export type NodeKind = "apex" | "data" | "alias" | "dname" | "cut";

/** A random zone as the lines of its file, all names in full. */
export interface RandomZone {
  readonly apex: Name;
  readonly lines: readonly string[];
  /** What stands where, by the names' keys. */
  readonly nodes: ReadonlyMap<string, { readonly name: Name; readonly kind: NodeKind }>;
  /** Names that records lead to. */
  readonly targets: readonly Name[];
}

/** A child zone that a zone delegates, with the DS that vouch for it. */
export interface ChildZone {
  readonly apex: Name;
  /** RDATA of the DS records as text; empty: it is not vouched for. */
  readonly ds: readonly string[];
}

/** One of a list. */
export function pick<T>(random: Random, list: readonly T[]): T {
  if (list.length === 0) throw new RangeError("Cannot pick from an empty list");
  return list[random.integer(list.length)] as T;
}

/** Whether something happens that does in so many of a hundred cases. */
export function happens(random: Random, percent: number): boolean {
  return random.integer(100) < percent;
}

const octets = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Labels, the more frequent ones several times. */
const labels: readonly Uint8Array[] = [
  ..."a|b|c|d|e|a|b|c|*|*|*|*|www|WwW|mail|ns1|ns2|_tcp|_443|x|zz|-|0|A|Z|sub|deep|ent"
    .split("|")
    .map(octets),
  ...[
    "a.b",
    ".",
    "a b",
    "\\",
    '"',
    ";",
    "$",
    "@",
    "(",
    "*a",
    "**",
    "\u0000",
    "\u0001",
    "a\u0000",
    "\u00ff",
  ].map(octets),
  ...["\u007f", "[", "`", "{", "\u00c0\u00e0", "@x", "\t", "\n"].map(octets),
  new Uint8Array(63).fill(0x6c),
  new Uint8Array(63).fill(0x4c),
  new Uint8Array(62).fill(0x6d),
];

/** A random label. */
export function anyLabel(random: Random): Uint8Array {
  return pick(random, labels);
}

/** A name below another one by so many random labels; undefined where it would be too long. */
function below(random: Random, parent: Name, depth: number): Name | undefined {
  let name: Name | undefined = parent;
  for (let i = 0; i < depth && name; i++) name = name.prepend(anyLabel(random));
  return name;
}

/** The longest name that ends in another one: 255 octets, or as near as labels come. */
export function fillUp(parent: Name): Name {
  let name = parent;
  for (;;) {
    const room = 255 - name.octets.length;
    if (room < 2) return name;
    // What is left after it is none, or enough for another label.
    const length = Math.min(63, room - 1) - (room - 1 - Math.min(63, room - 1) === 1 ? 1 : 0);
    const longer = name.prepend(new Uint8Array(length).fill(0x66));
    if (!longer) return name;
    name = longer;
  }
}

const outside = ["www.elsewhere.example.", "x.outside.invalid.", "NS.Elsewhere.example.", "."].map(mustParse);

function mustParse(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(`Cannot read name "${text}"`);
  return parsed.value;
}

class ZoneMaker {
  readonly nodes = new Map<string, { readonly name: Name; readonly kind: NodeKind }>();
  readonly targets: Name[] = [];
  readonly lines: string[] = [];
  /** Type and TTL of the sets that stand already. */
  readonly #sets = new Map<string, number>();
  readonly #random: Random;
  readonly #apex: Name;

  /** Neither above nor below another zone that is served: NSD has one tree of names for all. */
  readonly #isAlone: boolean;

  constructor(random: Random, apex: Name, isAlone: boolean) {
    this.#random = random;
    this.#apex = apex;
    this.#isAlone = isAlone;
  }

  make(child: ChildZone | undefined): void {
    this.#putApex();
    if (child) {
      this.#put(child.apex, "cut");
      this.#add(child.apex, "NS", this.#nameServerOf(child.apex).toString());
      for (const ds of child.ds) this.#add(child.apex, "DS", ds);
      this.#child = child.apex;
    }
    const random = this.#random;
    const wanted = 4 + random.integer(36);
    for (let i = 0; i < wanted; i++) this.#putAny();
    if (happens(random, 40)) this.#putLoop();
    if (happens(random, 30)) this.#putLong();
    if (happens(random, 25)) this.#putChain();
  }

  // --- names

  #owners(): Name[] {
    return [...this.nodes.values()].map(({ name }) => name);
  }

  /** Whether a name may get something: nothing is there, and nothing above it is a DNAME. */
  #isFree(name: Name): boolean {
    if (this.nodes.has(name.key)) return false;
    for (let above = name.parent(); above?.isSubdomainOf(this.#apex); above = above.parent())
      if (this.nodes.get(above.key)?.kind === "dname" || (above.equals(this.#apex) && this.#hasApexDname))
        return false;
    // NSD ends where a zone has names that belong to another zone of its own, both with NSEC3.
    return this.#child === undefined || !name.isSubdomainOf(this.#child);
  }

  #child: Name | undefined;

  #hasApexDname = false;

  #hasBelow(name: Name): boolean {
    return this.#owners().some((other) => !other.equals(name) && other.isSubdomainOf(name));
  }

  /** A name that records lead to: of the zone, near one of the zone, or outside. */
  #target(): Name {
    const random = this.#random;
    const name = this.#anyTarget(random);
    this.targets.push(name);
    return name;
  }

  #anyTarget(random: Random): Name {
    const chosen = random.integer(10);
    if (chosen < 6) return pick(random, this.#owners());
    if (chosen < 9) return below(random, pick(random, this.#owners()), 1 + random.integer(2)) ?? this.#apex;
    return pick(random, outside);
  }

  // --- records

  #put(name: Name, kind: NodeKind): void {
    this.nodes.set(name.key, { name, kind });
  }

  #add(owner: Name, type: string, rdata: string): void {
    const random = this.#random;
    const key = `${owner.key} ${type}`;
    // One TTL for a set (RFC 2181 section 5.2), though its records stand apart.
    const ttl =
      this.#sets.get(key) ?? pick(random, [0, 1, 59, 60, 300, 3600, 86_400, 604_800, 2_147_483_647]);
    this.#sets.set(key, ttl);
    this.lines.push(`${this.#spelled(owner)} ${ttl} IN ${type} ${rdata}`);
  }

  /** A name as one of the ways that people write it. */
  #spelled(name: Name): string {
    return happens(this.#random, 10) ? name.toLowerCase().toString() : name.toString();
  }

  #putApex(): void {
    const random = this.#random;
    const apex = this.#apex;
    this.#put(apex, "apex");
    // Name servers below a DNAME would have no addresses, and such a zone is not taken.
    this.#hasApexDname = this.#isAlone && happens(random, 6);
    const minimum = pick(random, [0, 30, 60, 86_400]);
    this.#add(
      apex,
      "SOA",
      `ns1.${dotless(apex)} Host\\.master.${dotless(apex)} ${1 + random.integer(2 ** 31)} 3600 600 864000 ${minimum}`,
    );
    for (let i = 0; i <= random.integer(3); i++) this.#add(apex, "NS", this.#nameServerOf(apex).toString());
    for (let i = random.integer(3); i > 0; i--) this.#putData(apex, pick(random, dataTypes));
    if (this.#hasApexDname) this.#add(apex, "DNAME", this.#dnameTarget(apex).toString());
  }

  /** The name of a name server, with its addresses where the zone may have them: at or below the cut, beside it, or elsewhere. */
  #nameServerOf(cut: Name): Name {
    const random = this.#random;
    const place = random.integer(10);
    if (place >= 8) return pick(random, outside.slice(0, 3));
    const above = place < 5 ? cut : this.#apex;
    const name = happens(random, 10) ? cut : above.prepend(octets(pick(random, ["ns1", "ns2", "NS3", "a"])));
    if (!name) return pick(random, outside);
    const kind = this.nodes.get(name.key)?.kind;
    const isOpen = name.equals(cut) || kind === "data" || (kind === undefined && this.#isFree(name));
    // BIND takes no zone whose own name servers have names in it and no addresses.
    const isOwn = cut.equals(this.#apex);
    if (isOwn && (!isOpen || (this.#hasApexDname && !name.equals(cut))))
      return pick(random, outside.slice(0, 3));
    if (isOpen && (isOwn || happens(random, 75))) {
      if (kind === undefined) this.#put(name, "data");
      for (const type of pick(random, [["A"], ["AAAA"], ["A", "AAAA"]])) this.#addUnlessThere(name, type);
    }
    return name;
  }

  #addUnlessThere(name: Name, type: string): void {
    if (!this.#sets.has(`${name.key} ${type}`)) this.#putData(name, type);
  }

  #putAny(): void {
    const random = this.#random;
    const parent = pick(random, this.#owners());
    const name = below(random, parent, 1 + Number(happens(random, 35)) + Number(happens(random, 15)));
    if (!name || !this.#isFree(name)) return;
    const chosen = random.integer(100);
    if (chosen < 50) this.#putMixed(name);
    else if (chosen < 70) {
      this.#put(name, "alias");
      this.#add(name, "CNAME", this.#spelled(this.#target()));
    } else if (chosen < 79 && !this.#hasBelow(name)) {
      this.#put(name, "dname");
      this.#add(name, "DNAME", this.#dnameTarget(name).toString());
      if (happens(random, 30)) this.#putData(name, pick(random, dataTypes));
    } else if (chosen < 95 && !name.isWildcard) this.#putCut(name);
    else this.#putMixed(name);
  }

  #dnameTarget(owner: Name): Name {
    const random = this.#random;
    const name = happens(random, 15) ? fillUp(owner).slice(1) : this.#target();
    // A DNAME below itself makes names grow with each step: how many are shown is everybody's own.
    return name.isSubdomainOf(owner) ? pick(random, outside) : name;
  }

  #putMixed(name: Name): void {
    const random = this.#random;
    this.#put(name, "data");
    for (let i = 0; i <= random.integer(3); i++) this.#addUnlessThere(name, pick(random, dataTypes));
  }

  #putCut(name: Name): void {
    const random = this.#random;
    this.#put(name, "cut");
    const servers = 1 + random.integer(3);
    const given = new Set<string>();
    for (let i = 0; i < servers; i++) {
      const server = this.#nameServerOf(name);
      if (given.has(server.key)) continue;
      given.add(server.key);
      this.#add(name, "NS", this.#spelled(server));
    }
    if (happens(random, 35)) this.#add(name, "DS", `${random.integer(65_536)} 13 2 ${hex(random, 32)}`);
    // What lies there and is not the zone's.
    if (happens(random, 15)) this.#addUnlessThere(name, "TXT");
  }

  /** Two names or more that lead to each other. */
  #putLoop(): void {
    const random = this.#random;
    const names = Array.from({ length: 1 + random.integer(3) }, () =>
      below(random, this.#apex, 1 + random.integer(2)),
    );
    const free = names.filter((name): name is Name => name !== undefined && this.#isFree(name));
    const distinct = [...new Map(free.map((name) => [name.key, name])).values()];
    for (const name of distinct) this.#put(name, "alias");
    for (const [i, name] of distinct.entries()) {
      const next = distinct[(i + 1) % distinct.length] ?? name;
      this.targets.push(next);
      this.#add(name, "CNAME", this.#spelled(next));
    }
  }

  /** A name of 255 octets, or the parent of such names. */
  #putLong(): void {
    const random = this.#random;
    const full = fillUp(pick(random, this.#owners()));
    const name = happens(random, 50) ? full : full.slice(1);
    if (!this.#isFree(name) || name.equals(this.#apex)) return;
    if (happens(random, 60)) this.#putMixed(name);
    else {
      this.#put(name, "alias");
      this.#add(name, "CNAME", this.#target().toString());
    }
  }

  /** A chain of as many CNAME records as every server follows. */
  #putChain(): void {
    const random = this.#random;
    let target = this.#target();
    for (let i = 0; i < 5; i++) {
      const name = this.#apex.prepend(octets(`chain${i}`));
      if (!name || !this.#isFree(name)) return;
      this.#put(name, "alias");
      this.#add(name, "CNAME", this.#spelled(target));
      target = name;
      this.targets.push(name);
    }
    if (happens(random, 50)) this.targets.push(target);
  }

  #putData(owner: Name, type: string): void {
    const random = this.#random;
    const address = (): string => `192.0.2.${random.integer(256)}`;
    const address6 = (): string => `2001:db8::${random.integer(65_536).toString(16)}`;
    const several = (make: () => string, most = 3): void => {
      const made = new Set(Array.from({ length: 1 + random.integer(most) }, make));
      for (const rdata of made) this.#add(owner, type, rdata);
    };
    const target = (): string => this.#spelled(this.#target());
    switch (type) {
      case "A":
        return several(address);
      case "AAAA":
        return several(address6);
      case "TXT":
        return several(() =>
          pick(random, ['"x"', '"" "\\"q\\" \\000\\255;"', `"${"t".repeat(255)}"`, '"MiXed Case"']),
        );
      case "BIG":
        for (let i = 0; i < 5 + random.integer(5); i++)
          this.#add(owner, "TXT", `"${i}${"b".repeat(random.integer(250))}"`);
        return;
      case "MX":
        return several(() => `${random.integer(100)} ${target()}`);
      case "SRV":
        return several(() => `${random.integer(9)} 0 ${random.integer(65_536)} ${target()}`);
      case "SVCB":
      case "HTTPS":
        if (happens(random, 30)) return this.#add(owner, type, `0 ${target()}`);
        return several(
          () =>
            `${1 + random.integer(9)} ${happens(random, 50) ? "." : target()} alpn=h2,h3 port=${random.integer(65_536)} ipv4hint=${address()}`,
        );
      case "PTR":
      case "KX":
      case "AFSDB":
        return several(() => `${type === "PTR" ? "" : `${random.integer(9)} `}${target()}`, 2);
      case "RP":
        return this.#add(owner, type, `${target()} ${target()}`);
      case "CAA":
        return several(() => `${random.integer(2) * 128} issue "ca${random.integer(9)}.example; x=y"`);
      case "NAPTR":
        return this.#add(owner, type, `10 20 "s" "SIP+D2U" "!^.*$!sip:x@y!" ${target()}`);
      case "LOC":
        return this.#add(owner, type, "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m");
      case "HINFO":
        return this.#add(owner, type, '"Cpu" "oS"');
      case "TLSA":
        return several(() => `3 1 1 ${hex(random, 32)}`, 2);
      case "SSHFP":
        return several(() => `4 2 ${hex(random, 32)}`, 2);
      case "TYPE65280":
        return several(() => `\\# 6 ${hex(random, 6)}`);
      default:
        throw new Error(`no data of type ${type}`);
    }
  }
}

/** Types of the data at names; `BIG` is TXT that no datagram holds. */
const dataTypes =
  "A A A A AAAA AAAA TXT TXT MX MX SRV SVCB HTTPS HTTPS PTR KX AFSDB RP CAA NAPTR LOC HINFO TLSA SSHFP TYPE65280 BIG".split(
    " ",
  );

function hex(random: Random, length: number): string {
  return Array.from({ length }, () => random.integer(256).toString(16).padStart(2, "0")).join("");
}

/** A name's text to be put behind a label and a dot. */
function dotless(apex: Name): string {
  return apex.isRoot ? "" : apex.toString();
}

/** Where a zone stands among those that are served: by itself, below the next one, or above a child. */
export type Place = "alone" | "child" | ChildZone;

/** Makes a zone. */
export function makeRandomZone(random: Random, apex: Name, place: Place): RandomZone {
  const maker = new ZoneMaker(random, apex, place === "alone");
  maker.make(typeof place === "string" ? undefined : place);
  const { lines, nodes, targets } = maker;
  return { apex, lines, nodes, targets };
}
