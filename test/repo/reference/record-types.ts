// docs/reference/record-types.md from the table of RR types: fields in the order in which they are written, and an example of each type
// that is what the parser takes.

import { rdataExample, rdataTypes, type Field, type FieldKind, type RdataType } from "#wire";

const kinds: Readonly<Record<FieldKind, string>> = {
  u8: "number, 0 to 255",
  u16: "number, 0 to 65535",
  u32: "number, 0 to 4294967295",
  u48: "number of 48 bits",
  "rr-type": "a type's name, or TYPE and its number",
  algorithm: "DNSSEC algorithm: its number or name",
  "certificate-type": "number or name of the kind of certificate",
  rcode: "response code",
  time: "time: YYYYMMDDHHmmSS, or seconds since 1970",
  period: "seconds, or with units: 1h30m",
  ipv4: "IPv4 address",
  ipv6: "IPv6 address",
  eui48: "six pairs of hexadecimal digits with hyphens",
  eui64: "eight pairs of hexadecimal digits with hyphens",
  locator64: "four groups of hexadecimal digits with colons",
  "hex-sized": "hexadecimal digits",
  "base64-sized": "base64",
  gateway: "an address, a name, or a dot for none",
  "char-string": "text, at most 255 octets; in quotes where it has blanks",
  tag: "letters and digits",
  "hex-8": "hexadecimal digits, - for none",
  "base32hex-8": "base32hex",
  "base64-16": "base64",
  "hex-rest": "hexadecimal digits, may be cut by blanks",
  "base64-rest": "base64, may be cut by blanks",
  "text-rest": "text in quotes",
  "nsap-rest": "0x and hexadecimal digits",
  name: "domain name; without a dot at its end it lies below the zone",
  names: "domain names",
  "char-strings": "texts, each at most 255 octets, in quotes where they have blanks",
  "type-bitmap": "types by name, with blanks between",
  "svc-params": "key=value, with blanks between",
  "address-prefixes": "prefixes: ! for not, family:address/bits",
  "edns-options": "options",
};

/** Types that nobody writes into a zone, and why. */
const notWritten: Readonly<Record<string, string>> = {
  SOA: "The platform writes it for each zone, and counts its serial.",
  OPT: "Part of messages only.",
  TKEY: "Part of messages only.",
  TSIG: "Part of messages only.",
  RRSIG: "Signing makes it.",
  NSEC: "Signing makes it.",
  NSEC3: "Signing makes it.",
};

/** Types that people use; all others stand below them. */
const usual = [
  "A",
  "AAAA",
  "CNAME",
  "MX",
  "TXT",
  "SRV",
  "CAA",
  "NS",
  "PTR",
  "HTTPS",
  "SVCB",
  "TLSA",
  "SSHFP",
  "DS",
  "NAPTR",
  "URI",
  "LOC",
];

function fieldRow({ name, kind, mnemonics }: Field): string {
  return `| ${name} | ${kinds[kind]}${mnemonics === undefined ? "" : ", or its word"} |`;
}

function typePart({ name, number, rfc, fields, presentation }: RdataType): string {
  const at = name === "SOA" || name === "NS" ? "@" : "name";
  const why =
    notWritten[name] ?? (name === "NS" ? "Those of the zone's own name are the platform's." : undefined);
  return [
    `### ${name}`,
    "",
    `Number ${number}, ${rfc.startsWith("IANA") ? rfc : `RFC ${rfc}`}.${why === undefined ? "" : ` ${why}`}${presentation === "generic" ? " It has no text of its own: `\\#`, the number of octets, and these in hexadecimal digits." : ""}`,
    "",
    "| field | what stands there |",
    "|---|---|",
    ...fields.map(fieldRow),
    "",
    "```zone",
    `${at} 3600 IN ${name} ${rdataExample(number)}`,
    "```",
    "",
  ].join("\n");
}

/** The page as it should be. */
export function recordTypesPage(): string {
  const first = usual.flatMap((name) => rdataTypes.filter((type) => type.name === name));
  const others = rdataTypes.filter(({ name }) => !usual.includes(name));
  return `# Record types

All ${rdataTypes.length} types that are known by name. Any other can be written as \`TYPE\` and its number, with its octets in the form of RFC 3597:
\`\\# 4 C0000201\`. The command line, the console, the API and zone files take the same text:

\`\`\`sh
npx fairlead records set mine.test mail MX "10 mail.mine.test."
\`\`\`

Addresses of a resource are no records that you write: \`fairlead assign\` and \`fairlead alias\` keep them. Written from the table in
\`src/wire/rdata/table.ts\`.

## The usual ones

${first.map(typePart).join("\n")}
## All others

${others.map(typePart).join("\n")}`;
}
