// An address and a port as people write them: 192.0.2.1:80, [2001:db8::1]:80.

import { isIP } from "node:net";
import { PlatformError } from "#contract/plain";

/** Reads `ADDR:PORT` or `[ADDR]:PORT`. Throws `address-malformed`. */
export function parseHostPort(text: string): { address: string; port: number } {
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<v4>[^:]*)):(?<port>\d{1,5})$/.exec(text);
  const address = match?.groups?.["v6"] ?? match?.groups?.["v4"] ?? "";
  const port = Number(match?.groups?.["port"] ?? 0);
  const isAddress = match?.groups?.["v6"] === undefined ? isIP(address) === 4 : isIP(address) === 6;
  if (!isAddress || port < 1 || port > 65_535) {
    throw new PlatformError(
      "address-malformed",
      `Cannot read "${text}": expected ADDR:PORT, such as 192.0.2.1:80 or [2001:db8::1]:80`,
    );
  }
  return { address, port };
}
