// How people write on the command line who may do what with a zone: addresses, networks, keys, other servers, policies of updates.

import { PlatformError } from "#contract/plain";
import { endpoint, parseAddress, type TlsClient } from "#engine";
import type { AccessRule, Peer, UpdateRule } from "#transfer";
import { Name, type TsigKey, typeNumber } from "#wire";
import type { PeerTls } from "./tls-options.ts";

/** Finds a key by its name. */
export type FindKey = (name: Name) => TsigKey | undefined;

/** Reads a domain name. Throws `name-malformed`. */
export function readName(text: string): Name {
  const parsed = Name.parse(text, Name.root);
  if (parsed.ok) return parsed.value;
  throw new PlatformError("name-malformed", `Cannot read "${text}": it is no domain name`);
}

/** Parts `NAME=REST`; the name is absent where there is none. */
export function readZonePart(text: string): { zone: Name | undefined; rest: string } {
  const at = text.indexOf("=");
  return at < 0
    ? { zone: undefined, rest: text }
    : { zone: readName(text.slice(0, at)), rest: text.slice(at + 1) };
}

/** Reads `any`, or some of `ADDR`, `ADDR/BITS`, `key:NAME` and `tls` with `+` between them, all of which have to hold. Throws `usage`. */
export function readAccess(option: string, text: string, findKey: FindKey): AccessRule {
  if (text === "any") return {};
  let rule: AccessRule = {};
  for (const part of text.split("+")) {
    if (part === "tls") rule = { ...rule, isPrivate: true };
    else if (part.startsWith("key:")) rule = { ...rule, key: readKey(option, part.slice(4), findKey).name };
    else {
      const [address = "", bits] = part.split("/");
      const octets = parseAddress(address);
      const most = address.includes(":") ? 128 : 32;
      const count = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
      if (!octets || count < 0 || count > most)
        throw new PlatformError(
          "usage",
          `Cannot read ${option} "${text}": expected any, ADDR, ADDR/BITS, key:NAME, tls, or several of them with +`,
        );
      rule = { ...rule, network: { address: octets, bits: count } };
    }
  }
  return rule;
}

function readKey(option: string, text: string, findKey: FindKey): TsigKey {
  const key = findKey(readName(text));
  if (key) return key;
  throw new PlatformError("usage", `Cannot read ${option}: --tsig gives no key "${text}"`);
}

/**
 * Reads `ADDR:PORT[#KEY][;tls=NAME][;pin=DIGEST]`, several with commas between them; the port is 53 where there is none, 853 over TLS. Throws
 * `usage` and `address-malformed`.
 * @param tls  what holds of TLS with all of them; absent: none is spoken to so
 */
export function readPeers(option: string, text: string, findKey: FindKey, tls?: PeerTls): Peer[] {
  return text.split(",").map((given) => {
    const [item = "", ...more] = given.split(";");
    const secure = more.length === 0 ? undefined : readTls(option, given, more, tls);
    const [where = "", keyName] = item.split("#");
    const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(where);
    const address = match?.[1] ?? match?.[2] ?? where;
    const port = match?.[3] === undefined ? (secure ? 853 : 53) : Number(match[3]);
    if (!parseAddress(address) || port < 1 || port > 65_535)
      throw new PlatformError(
        "address-malformed",
        `Cannot read ${option} "${item}": expected ADDR:PORT, with #KEY behind it where messages are signed`,
      );
    return {
      at: endpoint(address, port),
      ...(keyName === undefined ? {} : { key: readKey(option, keyName, findKey) }),
      ...(secure ? { tls: secure } : {}),
    };
  });
}

/** SHA-256 in base64. */
const pinPattern = /^[A-Za-z0-9+/]{43}=$/;

function readTls(
  option: string,
  given: string,
  parts: readonly string[],
  tls: PeerTls | undefined,
): TlsClient {
  let serverName: string | undefined;
  const pins: string[] = [];
  for (const part of parts) {
    const [what, ...rest] = part.split("=");
    const value = rest.join("=");
    if (what === "tls" && value !== "" && serverName === undefined) serverName = value.replace(/\.$/, "");
    else if (what === "pin" && pinPattern.test(value)) pins.push(value);
    else
      throw new PlatformError(
        "usage",
        `Cannot read ${option} "${given}": expected tls=NAME, or pin= and the SHA-256 of the key in base64`,
      );
  }
  if (!tls) throw new PlatformError("usage", `Cannot read ${option} "${given}": this is not said over TLS`);
  return {
    protocols: ["dot"],
    ...(serverName === undefined ? {} : { serverName }),
    ...(pins.length === 0 ? {} : { pins }),
    ...tls,
  };
}

/** Reads `WHO[;below=NAME,...][;types=TYPE,...]`. Throws `usage`. */
export function readUpdateRule(option: string, text: string, findKey: FindKey): UpdateRule {
  const [who = "", ...limits] = text.split(";");
  let rule: UpdateRule = { who: readAccess(option, who, findKey) };
  for (const limit of limits) {
    const [what, list = ""] = limit.split("=");
    if (what === "below") rule = { ...rule, below: list.split(",").map(readName) };
    else if (what === "types")
      rule = { ...rule, types: list.split(",").map((type) => readType(option, type)) };
    else
      throw new PlatformError("usage", `Cannot read ${option} "${limit}": expected below=NAME or types=TYPE`);
  }
  return rule;
}

function readType(option: string, text: string): number {
  const type = typeNumber(text);
  if (type !== undefined) return type;
  throw new PlatformError("usage", `Cannot read ${option}: "${text}" is no RR type`);
}
