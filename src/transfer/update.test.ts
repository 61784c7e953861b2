import { expect, test } from "vitest";
import { endpoint } from "#engine";
import {
  formatRdata,
  makeRequest,
  Name,
  Opcode,
  parseZoneFile,
  Rcode,
  rcodeName,
  type ResourceRecord,
  RrClass,
  RrType,
  typeName,
  typeNumber,
} from "#wire";
import { groupRecords, PlainZones, replaceZone } from "#zone";
import { decideUpdate, type UpdateContext, type UpdateRule } from "./update.ts";

const apex = name("example.org.");
const from = endpoint("192.0.2.9", 0).address;
const everything: readonly UpdateRule[] = [{ who: {} }];

function name(text: string): Name {
  const parsed = Name.parse(text, text.endsWith(".") ? undefined : apexOf());
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function apexOf(): Name {
  const parsed = Name.parse("example.org.");
  return parsed.ok ? parsed.value : Name.root;
}

const text = `@ SOA ns host 5 1 1 1 1
@ NS ns
@ NS ns2
ns A 192.0.2.1
www A 192.0.2.1
www A 192.0.2.2
www TXT x
alias CNAME www
below.ent TXT x
`;

function zones(more = ""): PlainZones {
  const made = new PlainZones();
  const { records, errors } = parseZoneFile(text + more, { origin: apex, ttl: 60 });
  if (errors[0]) throw new Error(errors[0].message);
  made.apply(replaceZone(apex, ["all"], groupRecords(records)));
  return made;
}

/**
 * Records as an update has them: `NAME TTL CLASS TYPE [RDATA]`, class IN, ANY or NONE, empty RDATA where there is none.
 */
function records(lines: readonly string[]): ResourceRecord[] {
  return lines.map((line) => {
    const [owner = "", ttl = "", rrClass = "", type = "", ...data] = line.split(" ");
    const number = { IN: RrClass.IN, ANY: RrClass.ANY, NONE: RrClass.NONE, CH: RrClass.CH }[rrClass] ?? 0;
    let rdata = new Uint8Array();
    if (data.length > 0) {
      const parsed = parseZoneFile(`x 0 IN ${type} ${data.join(" ")}`, { origin: apex });
      rdata = (parsed.records[0]?.rdata ?? rdata) as typeof rdata;
    }
    return { name: name(owner), ttl: Number(ttl), class: number, type: typeNumber(type) ?? 0, rdata };
  });
}

function decide(
  prerequisites: readonly string[],
  updates: readonly string[],
  more: Partial<UpdateContext> = {},
  held: PlainZones = zones(),
): string[] {
  const message = makeRequest(apex, RrType.SOA, {
    flags: { opcode: Opcode.UPDATE },
    answer: records(prerequisites),
    authority: records(updates),
  });
  const snapshot = held.snapshot();
  const outcome = decideUpdate(message, {
    apex,
    snapshot,
    rules: everything,
    from,
    key: undefined,
    transport: "udp",
    seconds: 100,
    ...more,
  });
  const before = held.rrsets(apex)?.length;
  if (!outcome.change) return [rcodeName(outcome.rcode)];
  expect(held.rrsets(apex)?.length).toBe(before);
  held.apply(outcome.change);
  const lines = (held.rrsets(apex) ?? []).flatMap(({ owner, type, ttl, rdata }) =>
    rdata.map((octets) => `${owner.toString()} ${ttl} ${typeName(type)} ${formatRdata(type, octets)}`),
  );
  return [rcodeName(outcome.rcode), ...lines.sort()];
}

/** How the zone's lines differ after an update, the SOA's serial apart. */
function changes(updates: readonly string[], more: Partial<UpdateContext> = {}): string[] {
  const before = decide([], ["dummy 60 IN TXT x"]).filter((line) => !line.startsWith("dummy"));
  const after = decide([], updates, more);
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}

test.each([
  ["in use", "www 0 ANY ANY", "NOERROR"],
  ["in use, but only below", "ent 0 ANY ANY", "NXDOMAIN"],
  ["not in use", "none 0 ANY ANY", "NXDOMAIN"],
  ["wanted free", "none 0 NONE ANY", "NOERROR"],
  ["wanted free, but in use", "www 0 NONE ANY", "YXDOMAIN"],
  ["with a type", "www 0 ANY TXT", "NOERROR"],
  ["with a type that is not there", "www 0 ANY MX", "NXRRSET"],
  ["without a type", "www 0 NONE MX", "NOERROR"],
  ["without a type that is there", "www 0 NONE TXT", "YXRRSET"],
  ["of another zone", "www.example.com. 0 ANY ANY", "NOTZONE"],
  ["with a TTL", "www 1 ANY ANY", "FORMERR"],
  ["with data", "www 0 ANY A 192.0.2.1", "FORMERR"],
  ["with data that is not to be there", "www 0 NONE A 192.0.2.1", "FORMERR"],
  ["of another class", "www 0 CH A", "FORMERR"],
  ["as a record of no zone", "www 0 IN AXFR", "FORMERR"],
])("a prerequisite of a name %s (RFC 2136 section 3.2)", (_, line, rcode) => {
  expect(decide([line], ["new 60 IN A 192.0.2.3"])[0]).toBe(rcode);
});

test.each([
  [["www 0 IN A 192.0.2.2", "www 0 IN A 192.0.2.1"], "NOERROR"],
  [["www 0 IN A 192.0.2.1"], "NXRRSET"],
  [["www 0 IN A 192.0.2.1", "www 0 IN A 192.0.2.2", "www 0 IN A 192.0.2.3"], "NXRRSET"],
  [["www 0 IN A 192.0.2.1", "www 0 IN A 192.0.2.1", "www 0 IN A 192.0.2.2"], "NOERROR"],
  [["www 0 IN A 192.0.2.1", "www 0 IN A 192.0.2.1"], "NXRRSET"],
])("an RRset exactly so: %j (RFC 2136 section 3.2.3)", (lines, rcode) => {
  expect(decide(lines, ["new 60 IN A 192.0.2.3"])[0]).toBe(rcode);
});

test.each([
  [["www 60 IN AXFR"], "FORMERR"],
  [["www 1 ANY A"], "FORMERR"],
  [["www 0 ANY A 192.0.2.1"], "FORMERR"],
  [["www 0 ANY AXFR"], "FORMERR"],
  [["www 1 NONE A 192.0.2.1"], "FORMERR"],
  [["www 0 NONE ANY"], "FORMERR"],
  [["www 60 CH A"], "FORMERR"],
  [["www.example.com. 60 IN A 192.0.2.1"], "NOTZONE"],
  [["good 60 IN A 192.0.2.1", "www.example.com. 60 IN A 192.0.2.1"], "NOTZONE"],
])("an update that is refused as a whole: %j (RFC 2136 section 3.4.1)", (lines, rcode) => {
  expect(decide([], lines)).toEqual([rcode]);
});

test.each([
  [["new 60 IN A 192.0.2.3"], ["+ new.example.org. 60 A 192.0.2.3"]],
  [["www 60 IN A 192.0.2.1"], []],
  [
    ["www 90 IN A 192.0.2.1"],
    [
      "- www.example.org. 60 A 192.0.2.1",
      "- www.example.org. 60 A 192.0.2.2",
      "+ www.example.org. 90 A 192.0.2.1",
      "+ www.example.org. 90 A 192.0.2.2",
    ],
  ],
  [["www 0 NONE A 192.0.2.1"], ["- www.example.org. 60 A 192.0.2.1"]],
  [["www 0 NONE A 192.0.2.99"], []],
  [["www 0 ANY TXT"], ['- www.example.org. 60 TXT "x"']],
  [
    ["www 0 ANY ANY"],
    [
      "- www.example.org. 60 A 192.0.2.1",
      "- www.example.org. 60 A 192.0.2.2",
      '- www.example.org. 60 TXT "x"',
    ],
  ],
  // RFC 2136 sections 3.4.2.2 to 3.4.2.4: what is left out silently.
  [["www 60 IN CNAME ns"], []],
  [["alias 60 IN A 192.0.2.1"], []],
  [
    ["alias 60 IN CNAME ns"],
    ["- alias.example.org. 60 CNAME www.example.org.", "+ alias.example.org. 60 CNAME ns.example.org."],
  ],
  [["example.org. 0 ANY ANY"], []],
])("%j changes %j", (lines, expected) => {
  const isNothing = expected.length === 0;
  if (isNothing) expect(decide([], lines)).toEqual(["NOERROR"]);
  else expect(changes(lines)).toEqual(expected);
});

test("NS at the apex: one may go, the last one stays; only who may change them does (RFC 2136 section 3.4.2.4)", () => {
  const rules: UpdateRule[] = [{ who: {}, types: [RrType.NS, RrType.A] }];
  const lines = ["example.org. 0 NONE NS ns", "example.org. 0 NONE NS ns2"];
  expect(changes(lines, { rules })).toEqual(["- example.org. 60 NS ns.example.org."]);
  expect(decide([], lines)).toEqual(["REFUSED"]);
  const all: UpdateRule[] = [{ who: {}, types: [RrType.NS, RrType.SOA] }];
  for (const type of ["NS", "SOA"])
    expect(decide([], [`example.org. 0 ANY ${type}`], { rules: all })).toEqual(["NOERROR"]);
});

test("the serial goes up once; an SOA that is newer is taken instead (RFC 2136 sections 3.4.2.2 and 3.6)", () => {
  const rules: UpdateRule[] = [{ who: {}, types: [RrType.SOA, RrType.A] }];
  const serial = (lines: readonly string[]): string | undefined =>
    decide([], lines, { rules })
      .find((line) => line.includes(" SOA "))
      ?.split(" ")[5];
  expect(serial(["a 60 IN A 192.0.2.1", "b 60 IN A 192.0.2.1"])).toBe("100");
  expect(serial(["example.org. 60 IN SOA ns host 700 1 1 1 1", "a 60 IN A 192.0.2.1"])).toBe("700");
  expect(serial(["example.org. 60 IN SOA ns host 3 1 1 1 1", "a 60 IN A 192.0.2.1"])).toBe("100");
  expect(decide([], ["example.org. 60 IN SOA ns host 3 1 1 1 1"], { rules })).toEqual(["NOERROR"]);
});

test("who may change what: below names, of types; one record that is not permitted refuses all (RFC 3007 section 3)", () => {
  const rules: UpdateRule[] = [{ who: {}, below: [name("dyn")], types: [RrType.A] }];
  expect(decide([], ["host.dyn 60 IN A 192.0.2.1"], { rules })[0]).toBe("NOERROR");
  expect(decide([], ["host.dyn 60 IN TXT x"], { rules })).toEqual(["REFUSED"]);
  expect(decide([], ["host 60 IN A 192.0.2.1"], { rules })).toEqual(["REFUSED"]);
  expect(decide([], ["host.dyn 60 IN A 192.0.2.1", "host 60 IN A 192.0.2.1"], { rules })).toEqual([
    "REFUSED",
  ]);
  expect(decide([], ["host.dyn 0 ANY ANY"], { rules })).toEqual(["REFUSED"]);
  expect(decide([], ["x 60 IN A 192.0.2.1"], { rules: [] })).toEqual(["REFUSED"]);
  const byKey: UpdateRule[] = [{ who: { key: name("k.") } }];
  expect(decide(["none 0 ANY ANY"], ["x 60 IN A 192.0.2.1"], { rules: byKey })).toEqual(["REFUSED"]);
});

test("records of DNSSEC are not put in by hand, and a signed zone is not changed", () => {
  expect(decide([], ["www 60 IN NSEC ns A"])).toEqual(["REFUSED"]);
  const signed = zones("@ DNSKEY 256 3 13 AAAA\n");
  expect(decide([], ["x 60 IN A 192.0.2.1"], {}, signed)).toEqual(["REFUSED"]);
});

test("RFC 3007 section 4.3: a zone that is signed here is changed, but for what signing makes; it stands in nobody's way", () => {
  const more = `@ DNSKEY 256 3 13 AAAA
www NSEC x.example.org. A TXT RRSIG NSEC
www RRSIG A 13 3 60 20300101000000 20200101000000 7 example.org. AAAA
`;
  const here = { isSignedHere: true };
  const changed = (...updates: string[]): string[] =>
    decide([], updates, here, zones(more)).filter((line) => /^(www|alias2|[A-Z]+$)/.test(line));
  expect(changed("x 60 IN A 192.0.2.1")[0]).toBe("NOERROR");
  expect(changed("@ 60 IN CDS 1 13 2 00")).toEqual(["REFUSED"]);
  expect(changed("@ 0 ANY DNSKEY")).toEqual(["REFUSED"]);
  const rules = [{ who: {}, types: [RrType.RRSIG, RrType.DNSKEY] }];
  expect(decide([], ["www 0 ANY RRSIG"], { ...here, rules }, zones(more))).toEqual(["REFUSED"]);
  // All of a name goes, and a CNAME may come: what is left of it is the signer's own, who looks to it.
  expect(
    changed("www 0 ANY ANY", "www 60 IN CNAME ns").filter((line) => !/ (NSEC|RRSIG) /.test(line)),
  ).toEqual(["NOERROR", "www.example.org. 60 CNAME ns.example.org."]);
  expect(changed("@ 0 ANY ANY")[0]).toBe("NOERROR");
  // Who asks whether a name is in use is not told of signatures.
  expect(decide(["www 0 NONE NSEC"], ["x 60 IN A 192.0.2.1"], here, zones(more))[0]).toBe("NOERROR");
});

test("a digest of the zone goes with the first change: of another version it would have secondaries that look refuse all that follow (RFC 8976 section 4)", () => {
  const digest = "AB".repeat(48);
  const digested = (): PlainZones => zones(`@ ZONEMD 5 1 1 ${digest}\nsub ZONEMD 5 1 1 ${digest}\n`);
  const zonemd = (updates: readonly string[], more: Partial<UpdateContext> = {}): string[] =>
    decide([], updates, more, digested()).filter((line) => / ZONEMD |^[A-Z]+$/.test(line));
  const below = `sub.example.org. 60 ZONEMD 5 1 1 ${digest}`;
  expect(zonemd(["x 60 IN A 192.0.2.1"])).toEqual(["NOERROR", below]);
  expect(zonemd(["x 60 IN A 192.0.2.1"], { isSignedHere: true })).toEqual(["NOERROR", below]);
  expect(zonemd(["www 0 NONE MX"])).toEqual(["NOERROR"]); // nothing was changed
  // Who brings one says that it is of what comes of the update.
  expect(zonemd([`@ 60 IN ZONEMD 100 1 2 ${digest}`, "x 60 IN A 192.0.2.1"])).toHaveLength(4);
});

test("an RRset that no message can hold is refused, and nothing is changed", () => {
  const lines = Array.from({ length: 300 }, (_, i) => `big 60 IN TXT "${String(i).padEnd(250, "x")}"`);
  expect(decide([], lines)).toEqual(["REFUSED"]);
  expect(Rcode.REFUSED).toBe(5);
});
