// What the TLS policies of load balancers allow, as Lightsail's GetLoadBalancerTlsPolicies shows it and as the edge's driver obeys it.
// Names of ciphers are OpenSSL's, which Lightsail uses too. Lightsail lists no suites of TLS 1.3; we serve it under both policies.

/** Lightsail's TLS policies, the default first. */
export const tlsPolicies = ["TLS-2016-08", "TLS-FS-Res-1-2-2019-08"] as const;
export type TlsPolicy = (typeof tlsPolicies)[number];

/** One policy. */
export interface TlsPolicyRow {
  readonly isDefault: boolean;
  readonly description: string;
  readonly protocols: readonly ("TLSv1.2" | "TLSv1.3")[];
  /** In the server's order of preference: the suites of TLS 1.3 first. */
  readonly ciphers: readonly string[];
}

/** RFC 8446 section 9.1, in the order in which they cost a processor with AES instructions. */
const tls13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

/** Key exchange with forward secrecy, and SHA-2 only: all of `FS-1-2-Res`. */
const forwardSecrecy = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-AES128-SHA256",
  "ECDHE-RSA-AES128-SHA256",
  "ECDHE-ECDSA-AES256-SHA384",
  "ECDHE-RSA-AES256-SHA384",
];

/** What the default policy has besides, for old clients: SHA-1 in HMAC, and RSA key exchange, which has no forward secrecy. */
const compatible = [
  "ECDHE-ECDSA-AES128-SHA",
  "ECDHE-RSA-AES128-SHA",
  "ECDHE-ECDSA-AES256-SHA",
  "ECDHE-RSA-AES256-SHA",
  "AES128-GCM-SHA256",
  "AES256-GCM-SHA384",
  "AES128-SHA256",
  "AES256-SHA256",
  "AES128-SHA",
  "AES256-SHA",
];

/**
 * The policies by name.
 *
 * Deviates: Lightsail's default also allows TLS 1.0 and 1.1. We serve neither: RFC 8996 section 4 and 5 forbid them.
 */
export const tlsPolicyTable: Readonly<Record<TlsPolicy, TlsPolicyRow>> = {
  "TLS-2016-08": {
    isDefault: true,
    description: "TLS 1.2 and 1.3 with ciphers for old clients",
    protocols: ["TLSv1.2", "TLSv1.3"],
    ciphers: [...tls13, ...forwardSecrecy, ...compatible],
  },
  "TLS-FS-Res-1-2-2019-08": {
    isDefault: false,
    description: "TLS 1.2 and 1.3 with forward secrecy only",
    protocols: ["TLSv1.2", "TLSv1.3"],
    ciphers: [...tls13, ...forwardSecrecy],
  },
};

/** Spellings in which Lightsail's guides write a policy's name. */
const otherSpellings: Readonly<Record<string, TlsPolicy>> = {
  "TLS-FS-1-2-Res-2019-08": "TLS-FS-Res-1-2-2019-08",
};

/** The policy of a name in any of its spellings; undefined where there is none. */
export function findTlsPolicy(name: string): TlsPolicy | undefined {
  return tlsPolicies.find((policy) => policy === name) ?? otherSpellings[name];
}
