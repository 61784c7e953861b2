// The options of name servers on TLS: where they listen so and with which certificate, and how primaries that are asked over TLS are known.

import { PlatformError } from "#contract/plain";
import type { TlsClient } from "#engine";
import type { ServedTls } from "#server";
import type { Arguments, Values } from "./command.ts";
import { parseHostPort } from "./host-port.ts";
import { readTextFile } from "./read-file.ts";
import { listOf } from "./transfer-options.ts";

const text = (valueHint: string, description: string) =>
  ({ type: "string", valueHint, description }) as const;

/** The options. */
export const tlsArguments: Arguments = {
  "listen-tls": text("ADDR:PORT", "where to answer over TLS (RFC 7858), zone transfers too (RFC 9103)"),
  "listen-https": text("ADDR:PORT", "where to answer over HTTPS, at /dns-query (RFC 8484)"),
  tls: text("CERT:KEY", "files of the certificate with its chain, and of its private key, in PEM"),
  "tls-client-ca": text("FILE", "clients over TLS show a certificate of these authorities, or are refused"),
  "tls-ca": text("FILE", "authorities that primaries over TLS are trusted by; absent: the public ones"),
  "tls-client": text("CERT:KEY", "what is shown to primaries that want to know who asks"),
};

/** Those of them that may be repeated. */
export const repeatedTlsArguments: readonly string[] = ["listen-tls", "listen-https"];

/** Where it is to listen over TLS and HTTPS. Throws `usage` where there is no certificate for it. */
export function readTlsListen(values: Values): {
  readonly listenTls: ReturnType<typeof parseHostPort>[];
  readonly listenHttps: ReturnType<typeof parseHostPort>[];
} {
  const listenTls = listOf(values, "listen-tls").map(parseHostPort);
  const listenHttps = listOf(values, "listen-https").map(parseHostPort);
  if (listenTls.length + listenHttps.length > 0 && values["tls"] === undefined)
    throw new PlatformError("usage", 'Cannot run "name-server": expected --tls CERT:KEY with --listen-tls');
  return { listenTls, listenHttps };
}

/** What is served over TLS, as the files have it now. Throws `path-unusable` and `certificate-malformed`. */
export function readServedTls(
  values: Values,
  readPair: ReadPair,
  make: (chain: string, key: Uint8Array) => ServedTls["certificate"],
): ServedTls | undefined {
  const given = values["tls"];
  if (typeof given !== "string") return undefined;
  const { chain, key } = readPair("--tls", given);
  const authorities = values["tls-client-ca"];
  return {
    certificate: make(chain, key),
    ...(typeof authorities === "string"
      ? { clientAuthorities: readTextFile(authorities, "certificates") }
      : {}),
  };
}

/** What is said of TLS with all primaries that are asked so. */
export type PeerTls = Pick<TlsClient, "authorities" | "certificate">;

/** Reads it. Throws `path-unusable` and `certificate-malformed`. */
export function readPeerTls(values: Values, readPair: ReadPair): PeerTls {
  const { "tls-ca": authorities, "tls-client": own } = values;
  return {
    ...(typeof authorities === "string" ? { authorities: readTextFile(authorities, "certificates") } : {}),
    ...(typeof own === "string" ? { certificate: readPair("--tls-client", own) } : {}),
  };
}

/** Reads a chain and its key from two files, or from one that has both. @param option  which names them */
export type ReadPair = (option: string, given: string) => { chain: string; key: Uint8Array };

/** What reads such files; its part of the program is loaded where options name some. */
export async function loadPairReader(values: Values): Promise<ReadPair> {
  if (values["tls"] === undefined && values["tls-client"] === undefined)
    return (option) => {
      throw new PlatformError("usage", `Cannot read ${option}: it is not given`);
    };
  const { readChain } = await import("#certificate");
  return (option, given) => {
    const at = given.lastIndexOf(":");
    const [certificate, key] = at < 0 ? [given, given] : [given.slice(0, at), given.slice(at + 1)];
    const read = readChain(
      readTextFile(certificate, "certificate"),
      readTextFile(key, "private key"),
      Date.now(),
    );
    if (!read.ok)
      throw new PlatformError("certificate-malformed", `Cannot use ${option} "${given}": ${read.reason}`);
    return {
      chain: read.value.pem,
      key: new Uint8Array(read.value.key.export({ type: "pkcs8", format: "der" })),
    };
  };
}
