import { expect, test } from "vitest";
import { encodeDnsServices, type DnsServices } from "./dns-services.ts";
import { Name } from "./name.ts";
import { formatRdata } from "./rdata/presentation.ts";
import { RrType } from "./rr-type.ts";

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const base: DnsServices = { name: nameOf("ns1.shop.test."), dohPath: "/dns-query{?dns}" };

test.each<[string, Partial<DnsServices>, string[]]>([
  ["asked in the clear only", {}, []],
  [
    "on the usual ports",
    { tlsPort: 853, httpsPort: 443 },
    ["1 ns1.shop.test. alpn=dot", '2 ns1.shop.test. alpn=h2 dohpath="/dns-query{?dns}"'],
  ],
  [
    "on others",
    { tlsPort: 8853, httpsPort: 853 },
    ["1 ns1.shop.test. alpn=dot port=8853", '2 ns1.shop.test. alpn=h2 port=853 dohpath="/dns-query{?dns}"'],
  ],
  ["over HTTPS only", { httpsPort: 443 }, ['1 ns1.shop.test. alpn=h2 dohpath="/dns-query{?dns}"']],
  [
    "with its addresses",
    {
      tlsPort: 853,
      ipv4: [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)],
      ipv6: [Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
    },
    ["1 ns1.shop.test. alpn=dot ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1"],
  ],
])("RFC 9461 sections 4 and 5: a server that is %s", (_, more, expected) => {
  const rdata = encodeDnsServices({ ...base, ...more });
  expect(rdata.map((octets) => formatRdata(RrType.SVCB, octets))).toEqual(expected);
});
