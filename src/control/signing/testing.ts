// What tests of signing look with: everything that the name servers are given is validated, from the resolver's own trust anchor down.

import type { RoleObject, RrsetObject } from "#contract";
import {
  judgeNegative,
  judgeRrset,
  type Judgement,
  type SignedRrset,
  type TrustContext,
  type TrustFound,
  type TrustQuestion,
  type TrustSteps,
  type ZoneTrust,
} from "#dnssec";
import { Name, parseZoneFile, RrType, typeName } from "#wire";
import { octetsOf } from "../octets.ts";

/** What validates all that the names role holds. */
export class ZoneInspector {
  readonly #zones: Map<string, SignedRrset[]> = new Map();
  readonly #context: TrustContext;
  readonly #trusts: Map<string, ZoneTrust> = new Map();

  /** @param now  milliseconds since 1970 */
  constructor(objects: Iterable<RoleObject>, anchors: readonly string[], now: number) {
    const byZone = new Map<string, RrsetObject[]>();
    for (const object of objects)
      if (object.kind === "rrset") byZone.set(object.apex, [...(byZone.get(object.apex) ?? []), object]);
    for (const [apex, own] of byZone) {
      const signatures = own.filter(({ type }) => type === RrType.RRSIG);
      const rrsets = own
        .filter(({ type }) => type !== RrType.RRSIG)
        .map(({ owner, type, ttl, rdata }): SignedRrset => ({
          owner: nameOf(owner),
          type,
          ttl,
          rdata: rdata.map(octetsOf),
          signatures: signatures
            .filter((each) => each.owner === owner)
            .flatMap((each) => each.rdata.map(octetsOf))
            .filter((octets) => (((octets[0] ?? 0) << 8) | (octets[1] ?? 0)) === type),
        }));
      this.#zones.set(apex, rrsets);
    }
    const ds = parseZoneFile(`${anchors.join("\n")}\n`, { origin: Name.root, ttl: 0 }).records;
    this.#context = {
      anchors: ds.length > 0 ? [{ zone: Name.root, ds: ds.map(({ rdata }) => rdata) }] : [],
      now: Math.floor(now / 1000),
      work: { checksLeft: 1_000_000 },
      get: (at) => this.#trusts.get(at.key),
      put: (at, trust) => void this.#trusts.set(at.key, trust),
      forget: () => false,
    };
  }

  /** What is wrong with any zone that has a DNSKEY: nothing where all is secure. */
  problems(): string[] {
    const found: string[] = [];
    for (const [apex, rrsets] of this.#zones) {
      const cuts = rrsets.filter(({ type, owner }) => type === RrType.NS && !owner.equals(nameOf(apex)));
      for (const rrset of rrsets) {
        const cut = cuts.find(({ owner }) => rrset.owner.isSubdomainOf(owner));
        const isSigned =
          !cut || (cut.owner.equals(rrset.owner) && (rrset.type === RrType.DS || rrset.type === RrType.NSEC));
        if (!isSigned || rrset.type === RrType.NSEC3) continue;
        const judgement = this.#run(judgeRrset(rrset, [], this.#context));
        if (judgement.kind !== "secure")
          found.push(`${rrset.owner.toString()} ${typeName(rrset.type)} of ${apex}: ${wordsOf(judgement)}`);
      }
    }
    return found;
  }

  /** How one RRset is judged: `secure`, `insecure`, `bogus CODE`, or `none`. */
  state(apex: string, owner: string, type: number): string {
    const rrset = this.#zones
      .get(apex)
      ?.find((each) => each.type === type && each.owner.equals(nameOf(owner)));
    return rrset ? wordsOf(this.#run(judgeRrset(rrset, [], this.#context))) : "none";
  }

  /** How it is judged that a name, or a type of it, is not there. */
  denial(apex: string, owner: string, type: number, isNxdomain: boolean): string {
    return wordsOf(
      this.#run(judgeNegative(nameOf(owner), type, isNxdomain, this.#denialOf(apex), this.#context)),
    );
  }

  #denialOf(apex: string): SignedRrset[] {
    const chain: ReadonlySet<number> = new Set([RrType.SOA, RrType.NSEC, RrType.NSEC3]);
    return (this.#zones.get(apex) ?? []).filter(({ type }) => chain.has(type));
  }

  #run(steps: TrustSteps<Judgement>): Judgement {
    let step = steps.next();
    while (step.done !== true) step = steps.next(this.#answer(step.value));
    return step.value;
  }

  #answer({ name, type }: TrustQuestion): TrustFound {
    const from = type === RrType.DS && !name.isRoot ? (name.parent() ?? name) : name;
    for (let drop = 0; drop <= from.labelCount; drop++) {
      const apex = from.slice(drop).toLowerCase().toString();
      const zone = this.#zones.get(apex);
      if (!zone) continue;
      const rrset = zone.find((each) => each.type === type && each.owner.equals(name));
      return rrset ? { kind: "answer", rrset } : { kind: "negative", authority: this.#denialOf(apex) };
    }
    return { kind: "failed" };
  }
}

function wordsOf(judgement: Judgement): string {
  if (judgement.kind === "secure") return "secure";
  return `${judgement.kind} ${judgement.reason?.code ?? ""}`.trim();
}

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new RangeError(text);
  return parsed.value;
}
