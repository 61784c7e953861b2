// RDATA in presentation format as it may stand in a zone, one example per RR type of the table: for messages that say
// what was expected, for help texts, and for tests.

import { typeName } from "../rr-type.ts";

const base64Example = "mDiFUxKaPZ6O1m+jU5W0Lg==";
const digestExample = "2BB183AF5F22588179A53B0A98631FAD1A292118";
const longDigestExample = "92B7BF1C6D3F1C0EAA0D2E2A9AB2C1D2C5F7E0A1B2C3D4E5F60718293A4B5C6D";
const signatureExample = `A 13 3 60 20300101000000 20291218000000 2642 example.org. ${base64Example}`;

const examples: Readonly<Record<string, string>> = {
  A: "192.0.2.1",
  NS: "ns1.example.org.",
  MD: "mail.example.org.",
  MF: "mail.example.org.",
  CNAME: "www.example.org.",
  SOA: "ns1.example.org. hostmaster.example.org. 2024010101 7200 3600 1209600 60",
  MB: "mail.example.org.",
  MG: "list.example.org.",
  MR: "new.example.org.",
  PTR: "host.example.org.",
  HINFO: '"PDP-11" "UNIX"',
  MINFO: "owner.example.org. errors.example.org.",
  MX: "10 mail.example.org.",
  TXT: '"v=spf1 mx -all"',
  RP: "admin.example.org. contact.example.org.",
  AFSDB: "1 db.example.org.",
  X25: '"311061700956"',
  ISDN: '"150862028003217" "004"',
  RT: "10 relay.example.org.",
  NSAP: "0x47000580005A0000000001E133FFFFFF00016100",
  SIG: signatureExample,
  KEY: `256 3 13 ${base64Example}`,
  PX: "10 example.org. prmd-net.c-it.",
  GPOS: '"-32.6882" "116.8652" "10.0"',
  AAAA: "2001:db8::1",
  LOC: "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m",
  SRV: "0 5 5060 sip.example.org.",
  NAPTR: '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.org!" .',
  KX: "10 kx.example.org.",
  CERT: `1 2642 13 ${base64Example}`,
  DNAME: "example.net.",
  APL: "1:192.0.2.0/24 !2:2001:db8::/32",
  DS: `2642 13 2 ${longDigestExample}`,
  SSHFP: `4 2 ${longDigestExample}`,
  IPSECKEY: `10 1 2 192.0.2.38 ${base64Example}`,
  RRSIG: signatureExample,
  NSEC: "host.example.org. A MX RRSIG NSEC",
  DNSKEY: `257 3 13 ${base64Example}`,
  DHCID: "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
  NSEC3: "1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG",
  NSEC3PARAM: "1 0 0 -",
  TLSA: `3 1 1 ${longDigestExample}`,
  SMIMEA: `3 0 1 ${longDigestExample}`,
  HIP: `2 200100107B1A74DF365639CC39F1D578 ${base64Example} rvs.example.org.`,
  TALINK: "a.example.org. c.example.org.",
  CDS: `2642 13 2 ${longDigestExample}`,
  CDNSKEY: `257 3 13 ${base64Example}`,
  OPENPGPKEY: base64Example,
  CSYNC: "2024010101 3 A NS AAAA",
  ZONEMD: `2024010101 1 1 ${digestExample}`,
  SVCB: "1 svc.example.org. alpn=h2,h3 port=8443 ipv4hint=192.0.2.1",
  HTTPS: "1 . alpn=h2,h3 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1",
  DSYNC: "CDS NOTIFY 5359 endpoint.example.org.",
  SPF: '"v=spf1 mx -all"',
  NID: "10 0014:4fff:ff20:ee64",
  L32: "10 192.0.2.1",
  L64: "10 2001:0db8:1140:1000",
  LP: "10 l64-subnet1.example.org.",
  EUI48: "00-00-5e-00-53-2a",
  EUI64: "00-00-5e-ef-10-00-00-2a",
  URI: '10 1 "https://www.example.org/path"',
  CAA: '0 issue "ca.example.net"',
  AVC: '"app-name:example"',
  AMTRELAY: "10 0 1 192.0.2.15",
  RESINFO: '"qnamemin" "exterr=15-17"',
  OPT: "\\# 0",
  TKEY: `\\# 17 ${"00".repeat(17)}`,
  TSIG: `\\# 17 ${"00".repeat(17)}`,
  WALLET: '"BTC" "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"',
};

/** An RDATA that is right for the type, as text; the generic form for types that have no other. */
export function rdataExample(type: number): string {
  return examples[typeName(type)] ?? "\\# 4 C0000201";
}
