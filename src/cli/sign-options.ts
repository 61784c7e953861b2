// The options of `fairlead zone sign` that say how: chain, times, serial and keys that are made. Their words are those of who signs with dnssec-signzone or
// ldns-signzone, spelled out.

import { PlatformError } from "#contract/plain";
import { type Algorithm, algorithms, type Denial, maxRsaBits, minRsaBits, parseAlgorithm } from "#dnssec";
import { maxNsec3Iterations } from "#wire";
import { addToSerial, nextSerial } from "#zone";
import type { Arguments, Values } from "./command.ts";
import { readSeconds, readWholeNumber } from "./read-values.ts";

const secondsPerDay = 86_400;
/** How long signatures hold where nobody says otherwise, in days. */
const defaultDays = 14;
/** By how much signatures begin in the past, in seconds: clocks of validators differ. */
const inceptionMargin = 3600;
/** TTL of DNSKEY, in seconds: that of the other records which say where a zone is. */
const defaultKeyTtl = 172_800;

const text = (valueHint: string, description: string) =>
  ({ type: "string", valueHint, description }) as const;

/** The options. */
export const signArguments: Arguments = {
  algorithm: text(
    "NAME",
    "of a key that is made: ECDSAP256SHA256, ECDSAP384SHA384, ED25519, ED448, RSASHA256 (the first)",
  ),
  bits: text("N", `of an RSA key that is made (${minRsaBits})`),
  denial: text("KIND", "nsec, or nsec3 by RFC 9276: no salt, no rounds (nsec)"),
  "opt-out": { type: "boolean", description: "leave delegations without DS out of an NSEC3 chain" },
  salt: text("HEX", "of an NSEC3 chain (none)"),
  iterations: text("N", `extra rounds of an NSEC3 chain, ${maxNsec3Iterations} at the most (0)`),
  zonemd: {
    type: "boolean",
    description: "with a signed digest of the zone (ZONEMD); a zone that has one gets a new one in any case",
  },
  cds: { type: "boolean", description: "with CDS and CDNSKEY, which tell the parent which DS to publish" },
  serial: text(
    "KIND",
    "keep, increment, or unixtime: at least one more, today's seconds where those are more (keep)",
  ),
  days: text("N", `how long the signatures hold (${defaultDays})`),
  inception: text(
    "TIME",
    "when the signatures begin: YYYYMMDDHHMMSS in UTC, or seconds since 1970 (an hour ago)",
  ),
  expiration: text("TIME", "when the signatures end, in place of --days"),
  "dnskey-ttl": text("TIME", `TTL of the keys' records (${defaultKeyTtl})`),
};

/** How a zone is signed, as the options say. */
export interface SignOptions {
  readonly algorithm: Algorithm;
  readonly rsaBits: number | undefined;
  readonly denial: Denial;
  readonly hasDigest: boolean;
  readonly announcesKeys: boolean;
  readonly inception: number;
  readonly expiration: number;
  readonly dnskeyTtl: number;
  /** The serial of the signed zone. */
  readonly serial: (before: number) => number;
}

/** Reads them. Throws `usage`. @param now  seconds since 1970 */
export function readSignOptions(values: Values, action: string, now: number): SignOptions {
  const algorithm = readAlgorithm(values["algorithm"], action);
  const inception = readTime(values["inception"], "--inception", now - inceptionMargin, action);
  const days = readDays(values["days"], action);
  const expiration = readTime(values["expiration"], "--expiration", now + days * secondsPerDay, action);
  if (values["expiration"] !== undefined && values["days"] !== undefined)
    throw new PlatformError("usage", `${action}: expected --days or --expiration, not both`);
  // RFC 4034 section 3.1.5: beyond that nobody can tell earlier from later.
  if (expiration <= inception || expiration - inception >= 2 ** 31)
    throw new PlatformError(
      "usage",
      `${action}: the signatures would end before they begin, or 68 years later`,
    );
  const bits = values["bits"];
  if (typeof bits === "string" && !algorithm.mnemonic.startsWith("RSA"))
    throw new PlatformError("usage", `${action}: --bits wants --algorithm RSASHA256`);
  const keyTtl = values["dnskey-ttl"];
  return {
    algorithm,
    rsaBits: typeof bits === "string" ? readWholeNumber("--bits", bits, minRsaBits, maxRsaBits) : undefined,
    denial: readDenial(values, action),
    hasDigest: values["zonemd"] === true,
    announcesKeys: values["cds"] === true,
    inception,
    expiration,
    dnskeyTtl: typeof keyTtl === "string" ? readSeconds("--dnskey-ttl", keyTtl) : defaultKeyTtl,
    serial: readSerial(values["serial"], action, now),
  };
}

/** The algorithm of keys that are made. Throws `usage`. */
function readAlgorithm(given: Values[string], action: string): Algorithm {
  const algorithm = parseAlgorithm(typeof given === "string" ? given : "ECDSAP256SHA256");
  if (algorithm?.isForSigning === true) return algorithm;
  const known = algorithms.filter(({ isForSigning }) => isForSigning).map(({ mnemonic }) => mnemonic);
  throw new PlatformError(
    "usage",
    `${action}: keys are not made of algorithm "${given}"; expected one of ${known.join(", ")}`,
  );
}

function readDenial(values: Values, action: string): Denial {
  const { denial: kind, salt, iterations } = values;
  const hasOptOut = values["opt-out"] === true;
  if (kind === "nsec3")
    return {
      kind,
      iterations:
        typeof iterations === "string"
          ? readWholeNumber("--iterations", iterations, 0, maxNsec3Iterations)
          : 0,
      salt: readSalt(salt, action),
      hasOptOut,
    };
  if (kind === "compact")
    throw new PlatformError(
      "usage",
      `${action}: compact denial is signed by the name server that is asked; "fairlead name-server" has it with --sign`,
    );
  if (kind !== undefined && kind !== "nsec")
    throw new PlatformError("usage", `${action}: denial "${kind}" is not known; expected nsec or nsec3`);
  if (hasOptOut || salt !== undefined || iterations !== undefined)
    throw new PlatformError("usage", `${action}: --opt-out, --salt and --iterations want --denial nsec3`);
  return { kind: "nsec" };
}

function readSalt(given: Values[string], action: string): Uint8Array {
  if (typeof given !== "string" || given === "-") return new Uint8Array(0);
  if (/^(?:[0-9a-f]{2}){1,255}$/i.test(given)) return new Uint8Array(Buffer.from(given, "hex"));
  throw new PlatformError(
    "usage",
    `${action}: --salt "${given}" is no pairs of hexadecimal digits, 255 at the most`,
  );
}

function readDays(given: Values[string], action: string): number {
  const days = given === undefined ? defaultDays : Number(given);
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days;
  throw new PlatformError("usage", `${action}: --days "${given}" is no number of days from 1 to 3650`);
}

function readTime(given: Values[string], option: string, otherwise: number, action: string): number {
  if (typeof given !== "string") return otherwise;
  const date = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(given);
  const seconds = date
    ? Date.parse(`${date[1]}-${date[2]}-${date[3]}T${date[4]}:${date[5]}:${date[6]}Z`) / 1000
    : /^\d{1,10}$/.test(given)
      ? Number(given)
      : Number.NaN;
  if (Number.isInteger(seconds) && seconds >= 0) return seconds;
  throw new PlatformError(
    "usage",
    `${action}: ${option} "${given}" is no time; expected YYYYMMDDHHMMSS in UTC, or seconds since 1970`,
  );
}

function readSerial(given: Values[string], action: string, now: number): SignOptions["serial"] {
  switch (given) {
    case undefined:
    case "keep":
      return (before) => before;
    case "increment":
      return (before) => addToSerial(before, 1);
    case "unixtime":
      return (before) => nextSerial(before, now);
    default:
      throw new PlatformError(
        "usage",
        `${action}: --serial "${given}" is not known; expected keep, increment or unixtime`,
      );
  }
}
