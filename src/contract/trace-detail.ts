// What a step of a trace can be opened to: the DNS messages, the handshake with its certificates, the request and its response, the
// route, what a cache did, and which target was taken and why. Each was told by the process that served the step.

import { z } from "zod";

/** A DNS message as text; the shape of `MessageText` in src/wire. */
export const dnsMessage = z
  .strictObject({
    id: z.number(),
    opcode: z.string(),
    rcode: z.string(),
    /** `qr`, `aa`, `tc`, `rd`, `ra`, `ad`, `cd`. */
    flags: z.array(z.string()),
    /** `shop.test. IN A`. */
    question: z.array(z.string()),
    /** Records in presentation format. */
    answer: z.array(z.string()),
    authority: z.array(z.string()),
    additional: z.array(z.string()),
    /** Records beyond those that are shown. */
    more: z.number(),
    edns: z
      .strictObject({
        version: z.number(),
        udpPayloadSize: z.number(),
        isDnssecOk: z.boolean(),
        options: z.array(z.strictObject({ code: z.number(), name: z.string(), text: z.string() })),
      })
      .optional(),
    /** Octets of the whole message. */
    size: z.number(),
    /** The first of them, in hexadecimal digits. */
    octets: z.string(),
  })
  .meta({ id: "DnsMessage" });
export type DnsMessage = z.infer<typeof dnsMessage>;

/** A question over DNS and what came back. */
export const dnsDetail = z.strictObject({
  transport: z.enum(["udp", "tcp"]),
  /** Of the server. */
  address: z.string(),
  port: z.number(),
  query: dnsMessage.optional(),
  response: dnsMessage.optional(),
  /** The command that asks the same again. */
  dig: z.string(),
  /** Serial of the zone that it was answered from, as its server has it. */
  serial: z.number().optional(),
  /** The zone that it was answered from. */
  zone: z.string().optional(),
  /** Which sets a routing policy chose, and why. */
  choice: z.strictObject({ policy: z.string(), sets: z.array(z.string()), reason: z.string() }).optional(),
  /** Milliseconds from the question to the answer, as the resolver measured them. */
  askedMs: z.number().optional(),
});
export type DnsDetail = z.infer<typeof dnsDetail>;

/** A certificate of a chain. */
export const certificateDetail = z.strictObject({
  subject: z.string(),
  issuer: z.string(),
  /** ISO 8601. */
  notBefore: z.string(),
  notAfter: z.string(),
  /** Host names; empty for an authority. */
  names: z.array(z.string()),
  serial: z.string(),
  /** `EC P-256`, `RSA 2048`. */
  key: z.string(),
  /** SHA-256, hexadecimal digits with colons. */
  fingerprint: z.string(),
});
export type CertificateDetail = z.infer<typeof certificateDetail>;

/** A handshake. */
export const tlsDetail = z.strictObject({
  /** `TLSv1.3`. */
  version: z.string(),
  cipher: z.string(),
  /** The name that was asked for. */
  serverName: z.string(),
  isTrusted: z.boolean(),
  /** Why it is not trusted. */
  reason: z.string().optional(),
  /** As it was presented, the server's own first. */
  chain: z.array(certificateDetail),
});
export type TlsDetail = z.infer<typeof tlsDetail>;

/** A request and its response. */
export const httpDetail = z.strictObject({
  /** `GET / HTTP/1.1`, then a line each field. */
  request: z.array(z.string()),
  /** `HTTP/1.1 200 OK`, then a line each field; empty where there was none. */
  response: z.array(z.string()),
  contentOctets: z.number(),
  /** Milliseconds from the request to the first octet of its response. */
  firstByteMs: z.number().optional(),
});
export type HttpDetail = z.infer<typeof httpDetail>;

/** Which resource a request is for. */
export const routeDetail = z.strictObject({
  resourceName: z.string(),
  /** `instance`, `load-balancer`, `distribution`, `container-service`. */
  resourceType: z.string(),
  /** Whether the address it came in on is the resource's own, or the host that it asked for decided. */
  by: z.enum(["address", "host"]),
  /** That address or host. */
  value: z.string(),
  /** The resource that a distribution has from what its cache lacks. */
  originName: z.string().optional(),
});
export type RouteDetail = z.infer<typeof routeDetail>;

/** What a cache had to do with it. */
export const cacheDetail = z.strictObject({
  result: z.enum(["hit", "revalidated", "miss", "pass"]),
  /** Why, in words: `nothing is stored under this key`. */
  reason: z.string(),
  /** What it is looked up by; absent where it was not looked up. */
  key: z.string().optional(),
  ageSeconds: z.number().optional(),
  ttlLeftSeconds: z.number().optional(),
  isStored: z.boolean(),
  /** The same as the Cache-Status field has it (RFC 9211). */
  status: z.string(),
});
export type CacheDetail = z.infer<typeof cacheDetail>;

/** A target that was there. */
const targetSeen = z.strictObject({
  name: z.string(),
  address: z.string(),
  state: z.string(),
  /** Why it is in that state. */
  detail: z.string().optional(),
});

/** Where a resource had the request answered. */
export const targetDetail = z.strictObject({
  /** The resource whose target it is: a distribution's origin is another one than was asked. */
  resourceName: z.string(),
  ...targetSeen.shape,
  /** Why this one: `its turn among 2 healthy ones`. */
  why: z.string(),
  isSticky: z.boolean(),
  /** Targets that were tried before, each with what went wrong. */
  tries: z.array(z.string()),
  others: z.array(targetSeen),
});
export type TargetDetail = z.infer<typeof targetDetail>;
