// Service bindings of DNS servers (RFC 9461): in which ways a server is asked in private, as RDATA of SVCB for `_dns.NAME`. What resolvers
// are told of themselves at `_dns.resolver.arpa` (RFC 9462) has the same form.

import type { Name } from "./name.ts";
import { RrType } from "./rr-type.ts";
import type { SvcParam } from "./rdata/field.ts";
import { SvcParamKey } from "./rdata/text-svcb.ts";
import { encodeRdata } from "./rdata/typed-rdata.ts";

/** The ports of DNS over TLS and over HTTPS, which are not said. @see RFC 9461 section 4.2 */
const usualPorts = { dot: 853, h2: 443 } as const;

/** In which ways a server is asked. */
export interface DnsServices {
  /** The server's name, which is that of its certificate. */
  readonly name: Name;
  /** Ports of DNS over TLS and over HTTPS; absent: it is not asked so. */
  readonly tlsPort?: number;
  readonly httpsPort?: number;
  /** A URI template of RFC 6570: `/dns-query{?dns}`. */
  readonly dohPath: string;
  /** RDATA of A and AAAA, which save who knows no resolver yet a question; absent: they are asked for. */
  readonly ipv4?: readonly Uint8Array[];
  readonly ipv6?: readonly Uint8Array[];
}

/** RDATA of SVCB for each way, TLS before HTTPS; none where it is asked in the clear only. */
export function encodeDnsServices(services: DnsServices): Uint8Array[] {
  const { name, tlsPort, httpsPort, dohPath, ipv4 = [], ipv6 = [] } = services;
  const ways: readonly (readonly [keyof typeof usualPorts, number | undefined])[] = [
    ["dot", tlsPort],
    ["h2", httpsPort],
  ];
  return ways
    .filter((way): way is readonly [keyof typeof usualPorts, number] => way[1] !== undefined)
    .map(([protocol, port], i) => {
      const alpn = new TextEncoder().encode(protocol);
      const svcParams: SvcParam[] = [
        { key: SvcParamKey.alpn, value: Uint8Array.of(alpn.length, ...alpn) },
        ...(port === usualPorts[protocol]
          ? []
          : [{ key: SvcParamKey.port, value: Uint8Array.of(port >> 8, port & 0xff) }]),
        ...hint(SvcParamKey.ipv4hint, ipv4),
        ...hint(SvcParamKey.ipv6hint, ipv6),
        // RFC 9461 section 5: with HTTP it must be there.
        ...(protocol === "h2"
          ? [{ key: SvcParamKey.dohpath, value: new TextEncoder().encode(dohPath) }]
          : []),
      ];
      const rdata = encodeRdata(RrType.SVCB, { svcPriority: i + 1, targetName: name, svcParams });
      if (!rdata.ok) throw new RangeError(`Cannot encode a service binding: ${rdata.failure.code}`);
      return rdata.value;
    });
}

function hint(key: number, addresses: readonly Uint8Array[]): SvcParam[] {
  return addresses.length === 0
    ? []
    : [{ key, value: Uint8Array.from(addresses.flatMap((octets) => [...octets])) }];
}
