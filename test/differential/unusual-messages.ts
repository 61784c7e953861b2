// What no resolver asks and somebody sends all the same: other classes than IN, types that stand in no zone, opcodes other than QUERY, and headers that do not
// add up. Each row says what the RFCs want of an answer, and which of the other servers say the same, of all of it or of some parts.

import {
  encodeMessage,
  type Message,
  Name,
  Opcode,
  Rcode,
  rcodeName,
  RrClass,
  RrType,
  typeName,
} from "#wire";
import type { Parts } from "./comparison.ts";

/** The zone that is asked about: everything that answers can be made of, and names that all servers read alike. */
export const unusualZone = {
  apex: "u.test.",
  text: `$ORIGIN u.test.
@ 300 SOA ns host 1 3600 600 86400 60
@ 300 NS ns
ns 300 A 192.0.2.1
mail 300 A 192.0.2.2
c 300 CNAME mail
cut 300 NS ns.cut
ns.cut 300 A 192.0.2.3
*.w 300 TXT "w"
d 300 DNAME mail
`,
};

/** A message, and what its answer is. */
export interface UnusualMessage {
  readonly what: string;
  readonly octets: Uint8Array;
  /** By the RFC that stands in the row; absent parts are those of a server that says the same. */
  readonly expects: Partial<Parts>;
  /** Servers that say the same in `parts`. */
  readonly saidBy: readonly string[];
  readonly parts: readonly (keyof Parts)[];
  readonly transports: readonly ("udp" | "tcp")[];
}

const both = ["udp", "tcp"] as const;
const whole: readonly (keyof Parts)[] = ["rcode", "flags", "question", "answer", "authority", "edns"];
/** Where servers differ in whether the question is repeated, and in AA. */
const bare: readonly (keyof Parts)[] = ["rcode", "answer", "authority"];

const inside = [
  "u.test.",
  "mail.u.test.",
  "no.u.test.",
  "c.u.test.",
  "cut.u.test.",
  "x.w.u.test.",
  "x.d.u.test.",
];
const outside = "other.example.";

interface Asked {
  readonly type?: number;
  readonly class?: number;
  readonly opcode?: number;
  readonly records?: Partial<Pick<Message, "answer" | "authority" | "additional">>;
  readonly version?: number;
}

function nameOf(text: string): Name {
  const parsed = Name.parse(text, Name.root);
  if (!parsed.ok) throw new Error(`Cannot read name "${text}"`);
  return parsed.value;
}

/** @param name  absent: there is no question. @param version  of EDNS; absent: none */
function messageOf(name: string | undefined, asked: Asked = {}): Uint8Array {
  const encoded = encodeMessage({
    id: 1,
    flags: {
      qr: false,
      opcode: asked.opcode ?? Opcode.QUERY,
      aa: false,
      tc: false,
      rd: false,
      ra: false,
      ad: false,
      cd: false,
    },
    rcode: 0,
    question:
      name === undefined
        ? []
        : [{ name: nameOf(name), type: asked.type ?? RrType.A, class: asked.class ?? RrClass.IN }],
    answer: [],
    authority: [],
    additional: [],
    ...asked.records,
    ...(asked.version === undefined
      ? {}
      : { edns: { udpPayloadSize: 1232, version: asked.version, isDnssecOk: false, options: [] } }),
  });
  if (!encoded.ok) throw new Error(`Cannot encode a query: ${encoded.failure.code}`);
  return encoded.value.octets;
}

const record = (name: string, type: number, rdata: readonly number[]) => ({
  name: nameOf(name),
  type,
  class: RrClass.IN,
  ttl: 5,
  rdata: Uint8Array.from(rdata),
});

type Row = Pick<UnusualMessage, "what" | "octets" | "saidBy"> &
  Partial<Pick<UnusualMessage, "parts" | "transports">> & { readonly expects: Partial<Parts> };

const none = { answer: "", authority: "", additional: "" } as const;
const said = (rcode: number): Partial<Parts> => ({ rcode: String(rcode), ...none });

/** RFC 1035 section 3.2.5: there are classes other than IN, and nobody has zones of them. Of class ANY there is no common answer: BIND has FORMERR, Knot SERVFAIL, two answer. */
function classes(): Row[] {
  const given: [rrClass: number, saidBy: string[]][] = [
    [0, ["NSD", "Knot", "PowerDNS"]],
    [2, ["NSD", "Knot", "PowerDNS"]],
    [RrClass.CH, ["NSD", "Knot"]],
    [4, ["NSD", "Knot", "PowerDNS"]],
    [RrClass.NONE, ["NSD", "Knot", "PowerDNS"]],
    [RrClass.ANY, []],
    [256, ["NSD", "Knot", "PowerDNS"]],
    [65_535, ["NSD", "Knot", "PowerDNS"]],
  ];
  const rows = given.flatMap(([rrClass, saidBy]) =>
    [...inside, outside].map((name): Row => ({
      what: `class ${rrClass} ${name}`,
      octets: messageOf(name, { class: rrClass }),
      expects: { ...said(Rcode.REFUSED), flags: "qr" },
      saidBy,
      parts: bare,
    })),
  );
  // What servers tell of themselves there (RFC 4892) is not told: NSID is.
  const own = ["version.bind.", "version.server.", "id.server.", "hostname.bind.", "authors.bind."];
  return [
    ...rows,
    ...own.map((name): Row => ({
      what: `CH TXT ${name}`,
      octets: messageOf(name, { class: RrClass.CH, type: RrType.TXT }),
      expects: { ...said(Rcode.REFUSED), flags: "qr" },
      saidBy: [],
    })),
  ];
}

/** RFC 6895 section 3.1: types of messages and of questions stand at no name; RFC 8906 section 8.1.2: whatever the type, it is answered. */
function types(): Row[] {
  const meta = [RrType.OPT, 200, 248, RrType.TSIG, RrType.MAILB, RrType.MAILA];
  const odd = [0, 3, 4, 7, 8, 9, 10, 22, 24, 25, 30, 256, 32_768, 65_535];
  const denied = [...meta, ...odd].flatMap((type) =>
    [...inside, outside].map((name): Row => ({
      what: `type ${typeName(type)} ${name}`,
      octets: messageOf(name, { type }),
      expects: {},
      // KEY and SIG may stand beside a CNAME (RFC 2535 section 2.3.5), so that BIND does not follow one for them.
      saidBy: ["NSD", "PowerDNS", ...(meta.includes(type) || type === 24 || type === 25 ? [] : ["BIND"])],
    })),
  );
  const key = [...inside, outside].map((name): Row => ({
    what: `type TKEY ${name}`,
    octets: messageOf(name, { type: RrType.TKEY }),
    expects: {},
    saidBy: ["NSD"],
  }));
  const nxname = [...inside, outside].map((name): Row => ({
    what: `type NXNAME ${name}`,
    octets: messageOf(name, { type: RrType.NXNAME }),
    expects: said(Rcode.FORMERR), // RFC 9824 section 3.5
    saidBy: ["BIND"],
  }));
  return [...denied, ...key, ...nxname];
}

/** RFC 5936 sections 2.2.1 and 4.2, RFC 1995 section 2: who has no right to a zone. */
function transfers(): Row[] {
  const soa = record("u.test.", RrType.SOA, [0, 0, 0, 0, 0, 1, ...Array.from({ length: 16 }, () => 0)]);
  return [
    {
      what: "AXFR over UDP",
      octets: messageOf("u.test.", { type: RrType.AXFR }),
      expects: said(Rcode.FORMERR),
      saidBy: ["BIND"],
      transports: ["udp"],
    },
    {
      what: "AXFR",
      octets: messageOf("u.test.", { type: RrType.AXFR }),
      expects: said(Rcode.REFUSED),
      saidBy: ["NSD"],
      transports: ["tcp"],
    },
    ...[...inside.slice(1), outside].map((name): Row => ({
      what: `AXFR ${name}`,
      octets: messageOf(name, { type: RrType.AXFR }),
      expects: said(Rcode.NOTAUTH),
      saidBy: ["NSD", "Knot", "BIND", "PowerDNS"],
      parts: bare,
      transports: ["tcp"],
    })),
    {
      what: "IXFR without a serial",
      octets: messageOf("u.test.", { type: RrType.IXFR }),
      expects: said(Rcode.FORMERR),
      saidBy: ["BIND"],
    },
    {
      what: "IXFR",
      octets: messageOf("u.test.", { type: RrType.IXFR, records: { authority: [soa] } }),
      expects: said(Rcode.REFUSED),
      saidBy: ["NSD"],
    },
  ];
}

/** RFC 8906 section 8.1.4: an unknown opcode is NOTIMP; RFC 6891 sections 6.1.1 and 6.1.3: OPT is answered with OPT, another version with BADVERS. */
function opcodes(): Row[] {
  const unknown = Array.from({ length: 16 }, (_, opcode) => opcode).filter(
    (opcode) => opcode !== Opcode.QUERY && opcode !== Opcode.NOTIFY && opcode !== Opcode.UPDATE,
  );
  return unknown.flatMap((opcode): Row[] => [
    ...["u.test.", outside, undefined].map((name): Row => ({
      what: `opcode ${opcode} ${name ?? "without a question"}`,
      octets: messageOf(name, { opcode }),
      expects: { ...said(Rcode.NOTIMP), flags: "qr", question: "", edns: "none" },
      saidBy: name === undefined ? ["BIND"] : ["NSD", "BIND"],
    })),
    {
      what: `opcode ${opcode} with EDNS`,
      octets: messageOf("u.test.", { opcode, version: 0 }),
      expects: { ...said(Rcode.NOTIMP), flags: "qr", question: "", edns: "version 0" },
      saidBy: ["BIND"],
    },
    {
      what: `opcode ${opcode} with EDNS of version 1`,
      octets: messageOf("u.test.", { opcode, version: 1 }),
      expects: { ...said(Rcode.BADVERS), flags: "qr", question: "", edns: "version 0" },
      saidBy: ["BIND"],
    },
  ]);
}

/** RFC 1996 and RFC 2136 of somebody who has no right to any of it. */
function notifyAndUpdate(): Row[] {
  const row = (
    what: string,
    name: string,
    asked: Asked,
    rcode: number,
    saidBy: readonly string[],
    parts: readonly (keyof Parts)[] = bare,
  ): Row => ({
    what,
    octets: messageOf(name, { type: RrType.SOA, ...asked }),
    expects: said(rcode),
    saidBy,
    parts,
  });
  const { NOTIFY, UPDATE } = Opcode;
  const added = { authority: [record("a.u.test.", RrType.A, [192, 0, 2, 9])] };
  return [
    row(
      "NOTIFY of a zone that is no secondary",
      "u.test.",
      { opcode: NOTIFY },
      Rcode.NOTAUTH,
      ["Knot"],
      whole,
    ),
    row("NOTIFY of an unknown zone", outside, { opcode: NOTIFY }, Rcode.NOTAUTH, ["Knot", "BIND"], whole),
    row("NOTIFY below an apex", "mail.u.test.", { opcode: NOTIFY }, Rcode.NOTAUTH, ["Knot", "BIND"], whole),
    row("NOTIFY of another class", "u.test.", { opcode: NOTIFY, class: RrClass.CH }, Rcode.NOTIMP, [
      "Knot",
      "BIND",
    ]),
    row("NOTIFY of another type", "u.test.", { opcode: NOTIFY, type: RrType.A }, Rcode.NOTIMP, []),
    row("NOTIFY with EDNS", "u.test.", { opcode: NOTIFY, version: 0 }, Rcode.NOTAUTH, ["Knot"], whole),
    row("NOTIFY with EDNS of version 1", "u.test.", { opcode: NOTIFY, version: 1 }, Rcode.BADVERS, [
      "Knot",
      "BIND",
    ]),
    row("UPDATE of nothing", "u.test.", { opcode: UPDATE }, Rcode.REFUSED, ["BIND"], whole),
    row("UPDATE", "u.test.", { opcode: UPDATE, records: added }, Rcode.REFUSED, ["BIND"], whole),
    row("UPDATE of an unknown zone", outside, { opcode: UPDATE }, Rcode.NOTAUTH, ["Knot", "BIND"], whole),
    row("UPDATE below an apex", "mail.u.test.", { opcode: UPDATE }, Rcode.NOTAUTH, ["Knot", "BIND"], whole),
    row(
      "UPDATE of a type",
      "u.test.",
      { opcode: UPDATE, type: RrType.A },
      Rcode.FORMERR,
      ["Knot", "BIND"],
      whole,
    ),
    // RFC 2136 section 3.1.1: the zone is none of ours, whatever has its name. BIND and Knot have NOTIMP.
    row("UPDATE of another class", "u.test.", { opcode: UPDATE, class: RrClass.CH }, Rcode.NOTAUTH, []),
    row("UPDATE with EDNS", "u.test.", { opcode: UPDATE, version: 0 }, Rcode.REFUSED, ["BIND"], whole),
    row("UPDATE with EDNS of version 1", "u.test.", { opcode: UPDATE, version: 1 }, Rcode.BADVERS, [
      "Knot",
      "BIND",
    ]),
  ];
}

/** RFC 9619, and fields that a query does not have. */
function headers(): Row[] {
  const patched = (octets: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array => {
    for (const [at, octet] of Object.entries(changes)) octets[Number(at)] = octet;
    return octets;
  };
  const asked = "mail.u.test.";
  const address = record(asked, RrType.A, [198, 51, 100, 1]);
  const answered: Partial<Parts> = { rcode: "0", answer: "mail.u.test. 300 A 192.0.2.2", authority: "" };
  const question = messageOf(asked);
  return [
    {
      what: "flags of a response",
      octets: patched(messageOf(asked), { 2: 0x06, 3: 0xe0 }),
      expects: answered,
    },
    { what: "an RCODE", octets: patched(messageOf(asked), { 3: 15 }), expects: answered },
    ...(["answer", "authority", "additional"] as const).map((section) => ({
      what: `a record in the ${section} section`,
      octets: messageOf(asked, { records: { [section]: [address] } }),
      expects: answered,
    })),
  ]
    .map((row): Row => ({ ...row, saidBy: ["BIND"], parts: bare }))
    .concat([
      {
        what: "two questions",
        octets: patched(Uint8Array.of(...question, ...question.subarray(12)), { 5: 2 }),
        expects: said(Rcode.FORMERR),
        saidBy: ["NSD", "BIND"],
      },
      {
        what: "no question",
        octets: messageOf(undefined),
        expects: said(Rcode.FORMERR),
        saidBy: ["Knot", "BIND"],
      },
      {
        what: "no question, with EDNS",
        octets: messageOf(undefined, { version: 0 }),
        expects: { ...said(Rcode.FORMERR), edns: "version 0" },
        saidBy: ["Knot", "BIND"],
      },
      {
        what: "octets after the message",
        octets: Uint8Array.of(...question, 1, 2, 3),
        expects: said(Rcode.FORMERR),
        saidBy: ["Knot"],
      },
      {
        // RFC 8490 section 5.1: who does not know it says NOTIMP.
        what: "DSO: keepalive",
        octets: Uint8Array.of(0, 1, 0x30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 0, 0, 100, 0, 0, 0, 100),
        expects: { ...said(Rcode.NOTIMP), question: "", edns: "none" },
        saidBy: ["NSD", "BIND"],
      },
    ]);
}

/** All rows. */
export function unusualMessages(): UnusualMessage[] {
  return [...classes(), ...types(), ...transfers(), ...opcodes(), ...notifyAndUpdate(), ...headers()].map(
    (row) => ({
      parts: whole,
      transports: both,
      ...row,
    }),
  );
}

/** A part of an answer, for people. */
export function formatPart(part: keyof Parts, parts: Parts): string {
  return part === "rcode" ? rcodeName(Number(parts.rcode)) : parts[part];
}
