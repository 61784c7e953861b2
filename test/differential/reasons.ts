// Where most judges are wrong by the RFC, each with its section and a rule that tells exactly when it is so: a difference that no rule explains is a failure.

import { decodeRdata, Name, Rcode, type ResourceRecord, RrType, typeName } from "#wire";
import type { Verdict } from "./comparison.ts";
import type { Difference } from "./round.ts";

/** A recorded reason. */
export interface Reason {
  /** Short, for counts. */
  readonly name: string;
  readonly rfc: string;
  readonly why: string;
  /** Whether it explains a part of a difference. */
  readonly explains: (difference: Difference, verdict: Verdict, apexes: readonly Name[]) => boolean;
}

/** The records of our response. */
function ourRecords({ ours }: Difference): readonly ResourceRecord[] {
  return typeof ours === "string" ? [] : [...ours.message.answer, ...ours.message.authority];
}

/** The zone of those that are served which answers for a name; DS of an apex are the parent's, where it is served too (RFC 4035 section 3.1.4.1). */
function zoneOf(name: Name, type: number, apexes: readonly Name[]): Name | undefined {
  const above = apexes
    .filter((apex) => name.isSubdomainOf(apex))
    .sort((a, b) => b.octets.length - a.octets.length);
  const [nearest, next] = above;
  return type === RrType.DS && nearest?.equals(name) ? (next ?? nearest) : nearest;
}

/** The names that our answer's chain goes through, but for the first. */
function chain({ ours }: Difference): Name[] {
  if (typeof ours === "string") return [];
  return ours.message.answer.flatMap(({ type, rdata }) => {
    const target = type === RrType.CNAME ? Name.fromOctets(rdata) : undefined;
    return target ? [target] : [];
  });
}

const linesOf = (text: string): Set<string> => new Set(text === "" ? [] : text.split("\n"));

/** What ours has beyond the majority; undefined where ours lacks something. */
function surplus({ ours, majority }: Verdict): string[] | undefined {
  const [mine, theirs] = [linesOf(ours), linesOf(majority)];
  return [...theirs].every((line) => mine.has(line))
    ? [...mine].filter((line) => !theirs.has(line))
    : undefined;
}

/** The TargetName of a service binding (RFC 9460 section 2.2). */
function targetOf(rdata: Uint8Array): Name | undefined {
  const decoded = decodeRdata(RrType.SVCB, rdata);
  return decoded.ok ? decoded.value.targetName : undefined;
}

/** Aliases in a row that are compared: how many more are followed is everybody's own. */
const mostCompared = 9;

/** Whether our answer's aliases are too many to be compared, or come back to one of them where judges take that for a failure. */
function isEndless({ ours, judged }: Difference): boolean {
  if (typeof ours === "string") return false;
  const aliases = ours.message.answer.filter(({ type }) => type === RrType.CNAME);
  if (aliases.length > mostCompared) return true;
  const owners = new Set(aliases.map(({ name }) => name.key));
  return (
    aliases.length > 0 &&
    aliases.every(({ rdata }) => owners.has(Name.fromOctets(rdata)?.key ?? "")) &&
    [...judged.values()].filter(({ message }) => message.rcode === Rcode.SERVFAIL).length > 1
  );
}

/** All reasons. */
export const reasons: readonly Reason[] = [
  {
    name: "alias asked for NSEC",
    rfc: "RFC 1034 section 4.3.2 step 3a",
    why: "A name that has a CNAME and not the type asked for is followed, whatever the type. BIND, Knot and PowerDNS do not follow it for NSEC and NSEC3.",
    explains: (difference) => {
      const { query } = difference;
      return (query.type === RrType.NSEC || query.type === RrType.NSEC3) && chain(difference).length > 0;
    },
  },
  {
    name: "chain into another zone",
    rfc: "RFC 1034 section 4.3.2 steps 2 and 3a",
    why: "After a CNAME the search begins again among all zones of the server, so that a chain is followed into another zone of its own. NSD, Knot and BIND end it there, or refer to the zone as if it were another server's.",
    explains: (difference, verdict, apexes) => {
      const { name: asked, type } = difference.query;
      const from = zoneOf(asked, type, apexes);
      const hasLeft = chain(difference).some((name) => {
        const zone = zoneOf(name, type, apexes);
        return zone !== undefined && from !== undefined && !zone.equals(from);
      });
      return hasLeft && (verdict.part !== "answer" || surplus(verdict) !== undefined);
    },
  },
  {
    name: "chain without an end",
    rfc: "RFC 1034 section 3.6.2",
    why: "Who meets a loop of aliases should not fail; it is for who follows them to say that it is an error. Where a wildcard or a DNAME is among them Knot, BIND and PowerDNS answer SERVFAIL, with which a resolver would try every other server; and each gives up a long chain at a length of its own.",
    explains: isEndless,
  },
  {
    name: "what goes with a service",
    rfc: "RFC 9460 sections 2.5.2 and 4.1",
    why: "Addresses and service bindings of targets belong into the additional section, and the TargetName . in ServiceMode stands for the owner. NSD, BIND and PowerDNS leave the owner's addresses out, NSD, Knot and BIND also where it is written as the target; Knot, BIND and PowerDNS the bindings of a target.",
    explains: (difference, verdict) => {
      const { type } = difference.query;
      if (verdict.part !== "additional" || (type !== RrType.SVCB && type !== RrType.HTTPS)) return false;
      const own = new Set<string>();
      const targets = new Set<string>();
      for (const record of ourRecords(difference)) {
        const target = record.type === type ? targetOf(record.rdata) : undefined;
        if (target?.isRoot || target?.equals(record.name)) own.add(record.name.toLowerCase().toString());
        else if (target) targets.add(target.toLowerCase().toString());
      }
      const binding = typeName(type);
      return (
        surplus(verdict)?.every((line) => {
          const [owner = "", , ofType, covered] = line.split(" ");
          const isBinding = ofType === binding || (ofType === "RRSIG" && covered === binding);
          return own.has(owner) || (isBinding && targets.has(owner));
        }) ?? false
      );
    },
  },
  {
    name: "wildcard without records",
    rfc: "RFC 4035 section 3.1.3.4",
    why: "Where a wildcard that is an empty non-terminal stands in for a name, what it does not have is proven too: by the NSEC whose next name lies below it. NSD, Knot and BIND leave that record out.",
    explains: (difference, verdict) => {
      if (verdict.part !== "authority") return false;
      const more = surplus(verdict);
      if (
        !more ||
        more.length !== 2 ||
        !more.some((line) => line.includes(" NSEC ") || line.includes(" nsec "))
      )
        return false;
      return ourRecords(difference).some(({ type, name, rdata }) => {
        const decoded = type === RrType.NSEC ? decodeRdata(RrType.NSEC, rdata) : undefined;
        if (!decoded?.ok || !more.some((line) => line.startsWith(`${name.toLowerCase().toString()} `)))
          return false;
        let above = decoded.value.nextDomainName.parent();
        while (above && !above.isWildcard) above = above.parent();
        return above !== undefined && Name.compare(name, above) < 0;
      });
    },
  },
];

/** The reason that explains a part of a difference. */
export function reasonOf(
  difference: Difference,
  verdict: Verdict,
  apexes: readonly Name[],
): Reason | undefined {
  return reasons.find(({ explains }) => explains(difference, verdict, apexes));
}
