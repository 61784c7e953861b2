// Zones that a stand-alone server signs: what is kept of them, when signatures are made anew, and what a change that is not put in force leaves behind.

import { expect, test } from "vitest";
import {
  algorithmOf,
  type Denial,
  generateKey,
  judgeRrset,
  dsOf,
  type SignedRrset,
  type TrustContext,
} from "#dnssec";
import { RrType } from "#wire";
import { replaceZone, type Rrset, serialOf, withSnapshot, type ZoneChange, ZoneImage } from "#zone";
import { type SignedZonePlan, SignedZones } from "./signed-zones.ts";
import { nameOf, rrsetsOf } from "./testing-transfers.ts";

const apex = nameOf("shop.test.");
const text = `@ 300 SOA ns1 host 7 1 1 1 60
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.2
*.any TXT x
`;
const day = 86_400;

function makeKey() {
  const algorithm = algorithmOf(13);
  if (!algorithm) throw new Error("no algorithm 13");
  return generateKey(algorithm, true);
}

const imageOctets = 2 ** 22;

function tableOf(rrsets: readonly Rrset[]): ZoneImage {
  const zones = new ZoneImage(imageOctets);
  zones.apply(replaceZone(apex, [], rrsets));
  return zones;
}

function all(zones: ZoneImage): Rrset[] {
  return withSnapshot(zones, (snapshot) => [...(snapshot.rrsets(apex) ?? [])]);
}

/** What a zone that is read comes to. */
function signedBy(
  signed: SignedZones,
  lines: string,
  plan: SignedZonePlan,
  before?: readonly Rrset[],
): readonly Rrset[] | undefined {
  const feed = signed.sign(apex, tableOf(rrsetsOf("shop.test.", lines)), plan, before && tableOf(before));
  if (!feed) return undefined;
  const zones = new ZoneImage(imageOctets);
  zones.load([{ apex, groups: [], feed }]);
  return all(zones);
}

/** A server's zone, with the time. */
class Rig {
  seconds = 1_800_000_000;
  readonly plan: { keys: ReturnType<typeof makeKey>[]; denial: Denial };
  readonly zones = new ZoneImage(imageOctets);
  readonly signed: SignedZones;

  readonly #onDue: () => void;

  constructor(denial: Denial = { kind: "nsec" }, onDue: () => void = () => {}) {
    this.plan = { keys: [makeKey()], denial };
    this.#onDue = onDue;
    this.signed = this.#make();
    this.put(signedBy(this.signed, text, this.plan) ?? []);
  }

  #make(): SignedZones {
    const made = new SignedZones({ zones: this.zones, now: () => this.seconds, onDue: this.#onDue });
    made.replace([{ apex, plan: this.plan }]);
    return made;
  }

  put(rrsets: readonly Rrset[]): void {
    this.zones.apply(replaceZone(apex, ["all"], rrsets));
  }

  all(): Rrset[] {
    return all(this.zones);
  }

  get serial(): number | undefined {
    return serialOf(this.all().find(({ type }) => type === RrType.SOA));
  }

  /** Names whose records are not secure at this time. */
  bogus(): string[] {
    const found: string[] = [];
    const all = this.all();
    const made = new Map(
      all.flatMap((rrset) => (rrset.type === RrType.RRSIG ? [[rrset.owner.key, rrset]] : [])),
    );
    const dnskey = all.find(({ type }) => type === RrType.DNSKEY);
    for (const { owner, type, ttl, rdata } of all) {
      if (type === RrType.RRSIG) continue;
      const signatures = (made.get(owner.key)?.rdata ?? []).filter(
        (octets) => type === (octets[0]! << 8) + octets[1]!,
      );
      if (!this.#isSecure({ owner, type, ttl, rdata, signatures }, dnskey, made.get(apex.key)))
        found.push(`${owner.toString()} ${type}`);
    }
    return found;
  }

  #isSecure(rrset: SignedRrset, dnskey: Rrset | undefined, made: Rrset | undefined): boolean {
    const [key] = this.plan.keys;
    if (!key) return false;
    const signatures = made?.rdata ?? [];
    const context: TrustContext = {
      anchors: [{ zone: apex, ds: [dsOf(apex, key)] }],
      now: this.seconds,
      work: { checksLeft: 1_000 },
      get: () => undefined,
      put: () => {},
      forget: () => false,
    };
    const steps = judgeRrset(rrset, [], context);
    for (let step = steps.next({ kind: "failed" }); ;) {
      if (step.done === true) return step.value.kind === "secure";
      step = steps.next(dnskey ? { kind: "answer", rrset: { ...dnskey, signatures } } : { kind: "failed" });
    }
  }
}

const added = (owner: string, line: string): ZoneChange => ({
  put: rrsetsOf("shop.test.", `${owner} ${line}`).map((rrset) => ({ kind: "rrset", apex, ...rrset })),
  remove: [],
});

test("what is signed is secure, and a change of it too", () => {
  const rig = new Rig();
  expect(rig.bogus()).toEqual([]);
  rig.zones.apply(rig.signed.change(apex, added("new", "A 192.0.2.9")));
  rig.zones.apply(
    rig.signed.change(apex, {
      put: [],
      remove: [{ kind: "rrset", apex, owner: nameOf("www.shop.test."), type: RrType.A }],
    }),
  );
  expect(rig.bogus()).toEqual([]);
  expect(rig.all().some(({ owner }) => owner.equals(nameOf("www.shop.test.")))).toBe(false);
});

test.each<[string, Denial]>([
  ["NSEC", { kind: "nsec" }],
  ["NSEC3", { kind: "nsec3", iterations: 0, salt: new Uint8Array(0), hasOptOut: false }],
])(
  "%s: a week before they end signatures are made anew, some at a time, with a serial each time; at no time is one out of date",
  (_, denial) => {
    const rig = new Rig(denial);
    for (let i = 0; i < 60; i++) rig.zones.apply(rig.signed.change(apex, added(`n${i}`, "A 192.0.2.9")));
    const { serial = 0 } = rig;
    expect(rig.signed.renew(apex)).toEqual({ isDone: true });
    let changes = 0;
    for (let hours = 0; hours < 24 * 40; hours += 6) {
      rig.seconds += 6 * 3600;
      for (let renewal = rig.signed.renew(apex); !renewal.isDone; renewal = rig.signed.renew(apex)) {
        if (!renewal.change) continue;
        changes++;
        rig.zones.apply(renewal.change);
      }
      if (hours % 120 === 0) expect([hours, rig.bogus()]).toEqual([hours, []]);
    }
    expect(rig.serial).toBe(serial + changes);
    expect(changes).toBeGreaterThan(4);
  },
);

test("more signatures than are made at once are made in turns, and what was not put in force is looked for again", () => {
  const rig = new Rig();
  const lines = Array.from({ length: 600 }, (_, i) => `n${i} A 192.0.2.9\n`).join("");
  rig.put(signedBy(rig.signed, text + lines, rig.plan) ?? []);
  rig.seconds += 8 * day;
  const renewed = new Set<string>();
  let count = 0;
  rig.signed.renew(apex);
  rig.signed.forget(apex);
  for (let renewal = rig.signed.renew(apex); !renewal.isDone; renewal = rig.signed.renew(apex)) {
    if (!renewal.change) continue;
    count++;
    for (const each of renewal.change.put) if (each.kind === "rrset") renewed.add(each.owner.key);
    rig.zones.apply(renewal.change);
  }
  expect(count).toBe(3); // two signatures a name
  expect(renewed.size).toBe(600 + 4);
  expect(rig.signed.renew(apex)).toEqual({ isDone: true });
});

test("what a clock that was ahead has signed is signed anew once it is set right, also over a restart", () => {
  const rig = new Rig();
  const good = rig.all();
  rig.seconds += 5 * day;
  rig.zones.apply(rig.signed.change(apex, added("early", "A 192.0.2.9")));
  rig.seconds -= 5 * day;
  expect(rig.bogus()).not.toEqual([]);
  const early = rig.all();
  for (let renewal = rig.signed.renew(apex); !renewal.isDone; renewal = rig.signed.renew(apex))
    if (renewal.change) rig.zones.apply(renewal.change);
  expect(rig.bogus()).toEqual([]);
  const again = signedBy(rig.signed, `${text}early A 192.0.2.9\n`, rig.plan, early);
  rig.put(again ?? []);
  expect(rig.bogus()).toEqual([]);
  expect(signedBy(rig.signed, text, rig.plan, good)).toBeUndefined();
});

test("a change that is not put in force after all leaves nothing behind", () => {
  const rig = new Rig();
  rig.signed.change(apex, added("lost", "A 192.0.2.9"));
  rig.signed.forget(apex);
  rig.zones.apply(rig.signed.change(apex, added("kept", "A 192.0.2.9")));
  expect(rig.bogus()).toEqual([]);
  const chain = rig.all().filter(({ type }) => type === RrType.NSEC);
  expect(chain.some(({ owner }) => owner.equals(nameOf("lost.shop.test.")))).toBe(false);
  expect(() => rig.signed.change(nameOf("other.test."), added("x", "A 192.0.2.9"))).toThrow(
    "is not signed here",
  );
});

test("a zone that is read again and is what it was stays as it is; one that differs has a serial that has gone up", () => {
  const rig = new Rig();
  const before = rig.all();
  const again = (lines: string): readonly Rrset[] | undefined =>
    signedBy(rig.signed, lines, rig.plan, before);
  rig.seconds += day;
  expect(again(text)).toBeUndefined();
  const next = again(`${text}more A 192.0.2.3\n`);
  expect(serialOf(next?.find(({ type }) => type === RrType.SOA))).toBe(8);
  const other = again(text.replace("host 7", "host 70"));
  expect(serialOf(other?.find(({ type }) => type === RrType.SOA))).toBe(70);
  // Signatures that end too soon are reason enough.
  rig.seconds += 8 * day;
  expect(serialOf(again(text)?.find(({ type }) => type === RrType.SOA))).toBe(8);
});

test.each<[string, Denial]>([
  ["NSEC", { kind: "nsec" }],
  ["NSEC3", { kind: "nsec3", iterations: 0, salt: new Uint8Array(0), hasOptOut: false }],
])(
  "%s: the lesser TTL of the SOA is that of the chain (RFC 9077 section 3); where it becomes another one, all of the chain follows, some names at a time",
  (_, denial) => {
    let told = 0;
    const rig = new Rig(denial, () => told++);
    const names = 600;
    const lines = Array.from({ length: names }, (__, i) => `n${i} A 192.0.2.9\n`).join("");
    rig.put(signedBy(rig.signed, text + lines, rig.plan) ?? []);
    const soa = (serial: number, minimum: number): ZoneChange => ({
      put: rrsetsOf("shop.test.", `@ 300 SOA ns1 host ${serial} 1 1 1 ${minimum}`).map((rrset) => ({
        kind: "rrset",
        apex,
        ...rrset,
      })),
      remove: [],
    });
    const ttls = (): Set<number> =>
      new Set(
        rig.all().flatMap(({ type, ttl }) => (type === RrType.NSEC || type === RrType.NSEC3 ? [ttl] : [])),
      );
    const change = rig.signed.change(apex, soa(8, 30));
    expect(change.put.length).toBeLessThan(10);
    rig.zones.apply(change);
    expect([told, ttls()]).toEqual([1, new Set([30, 60])]);
    // Another one before all have followed.
    let first = rig.signed.renew(apex);
    while (!first.change && !first.isDone) first = rig.signed.renew(apex);
    if (first.change) rig.zones.apply(first.change);
    expect(ttls()).toEqual(new Set([30, 60]));
    rig.zones.apply(rig.signed.change(apex, soa(20, 45)));
    const sizes: number[] = [];
    for (let renewal = rig.signed.renew(apex); !renewal.isDone; renewal = rig.signed.renew(apex)) {
      if (!renewal.change) continue;
      sizes.push(renewal.change.put.length);
      rig.zones.apply(renewal.change);
    }
    expect(ttls()).toEqual(new Set([45]));
    // Each link with its signature, and what goes with the serial.
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(1100);
    expect(rig.bogus()).toEqual([]);
    expect(rig.signed.renew(apex)).toEqual({ isDone: true });
    expect(
      signedBy(rig.signed, text.replace("host 7 1 1 1 60", "host 7 1 1 1 45") + lines, rig.plan, rig.all()),
    ).toBeUndefined();
    rig.zones.apply(rig.signed.change(apex, added("more", "A 192.0.2.9")));
    expect(told).toBe(2);
  },
);

test("with compact denial there is no chain", () => {
  const rig = new Rig({ kind: "compact" });
  expect(rig.all().some(({ type }) => type === RrType.NSEC || type === RrType.NSEC3)).toBe(false);
  expect(rig.bogus()).toEqual([]);
  expect(rig.all().find(({ type }) => type === RrType.DNSKEY)).toBeDefined();
});
