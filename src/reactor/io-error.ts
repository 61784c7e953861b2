// The operating system's error codes in the project's words: of a connection for engines, of a listener for people.

import { PlatformError } from "#contract/plain";
import { formatEndpoint, parseAddress, type Endpoint, type IoFailure } from "#engine";
import type { Listener } from "./driver.ts";
import { findPortHolder } from "./port-holder.ts";

const failures: Readonly<Record<string, IoFailure>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
  ENOTCONN: "reset",
  ETIMEDOUT: "timeout",
  EMFILE: "no-resources",
  ENFILE: "no-resources",
  ENOBUFS: "no-resources",
  ENOMEM: "no-resources",
  EADDRINUSE: "no-resources", // no local port is left
  EADDRNOTAVAIL: "no-resources", // what connect() says to the same
};

/** The error code of an exception of Node's, or "" where it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** What an engine is told of an error. No route, no address of the family, a local firewall: all `unreachable`. */
export function ioFailure(error: unknown): IoFailure {
  const code = errorCode(error);
  return ofTls.find(([pattern]) => pattern.test(code))?.[1] ?? failureOf(code);
}

/** What Node says of a server whose certificate is not good, or is another one's: OpenSSL's words for chains, and its own for names; and of a handshake. */
const ofTls: readonly (readonly [RegExp, IoFailure])[] = [
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, "expired"],
  [/^(ERR_TLS_CERT_ALTNAME_|HOSTNAME_MISMATCH)/, "misnamed"],
  [
    /^(CERT_|ERR_TLS_(CERT|PIN)|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_(CA|PURPOSE)|PERMITTED_|EXCLUDED_)/,
    "untrusted",
  ],
  [/^(ERR_SSL_|EPROTO$)/, "no-tls"],
];

/** The same, by errno's name. */
export function failureOf(code: string): IoFailure {
  return failures[code] ?? "unreachable";
}

/**
 * What an engine is told of an error of a TLS connection: one of the system's, else the peer or somebody between broke it.
 * @param isOpening  true during the handshake
 */
export function tlsFailure(error: unknown, isOpening: boolean): IoFailure {
  return failures[errorCode(error)] ?? (isOpening ? "no-tls" : "reset");
}

/** Reads where to listen. A malformed address or port is a PlatformError `address-malformed`. */
export function listenerEndpoint(listener: Listener): Endpoint {
  const address = parseAddress(listener.address);
  if (!address) {
    throw new PlatformError(
      "address-malformed",
      `Cannot listen on "${listener.address}": it is no IP address`,
    );
  }
  if (!Number.isInteger(listener.port) || listener.port < 0 || listener.port > 65535) {
    throw new PlatformError(
      "address-malformed",
      `Cannot listen on port "${listener.port}": it is not within 0 to 65535`,
    );
  }
  return { address, port: listener.port };
}

/** The failure to bind a listener, with the process that is in the way where that can be found. */
export function listenError(listener: Listener, error: unknown): PlatformError {
  const at = listenerEndpoint(listener);
  const what = `Cannot listen on ${listener.transport} ${formatEndpoint(at)}`;
  const options = { cause: error };
  switch (errorCode(error)) {
    case "EADDRINUSE": {
      const holder = findPortHolder(listener.transport, at.address, at.port);
      const by = holder
        ? `process ${holder.pid} (${holder.name}) holds the port`
        : "another process holds the port";
      return new PlatformError("port-in-use", `${what}: ${by}`, options);
    }
    case "EACCES":
    case "EPERM":
      return new PlatformError("port-not-permitted", `${what}: this user may not bind the port`, options);
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "EINVAL": // a link-local address without its interface
      return new PlatformError(
        "address-unavailable",
        `${what}: this machine does not have the address`,
        options,
      );
    default:
      return new PlatformError(
        "internal",
        `${what}: the system refused with ${errorCode(error) || String(error)}`,
        options,
      );
  }
}
