// The RR types whose text does not follow their wire form: IPSECKEY (RFC 4025 section 3), AMTRELAY (RFC 8777 section 4.3)
// and HIP (RFC 8005 section 6). Both ways.

import { formatBase64 } from "../base64.ts";
import { type TextScanner, TokenKind } from "../scanner.ts";
import { failRdataTooLong, type OctetSink, putName, readNumber } from "../scanner-values.ts";
import { formatIpv4, formatIpv6, putIpv4, putIpv6 } from "./text-address.ts";
import { formatHex, putBase64, putHexPart, putWholeBase64 } from "./text-encodings.ts";
import { algorithmMnemonics, putMnemonic } from "./text-mnemonics.ts";
import { formatNameAt, plainNameEnd } from "./text-strings.ts";

const DOT = 46;

/** Reads a gateway or relay of a type: 0 none (written as a dot), 1 IPv4, 2 IPv6, 3 a name. */
function putGateway(
  scanner: TextScanner,
  sink: OctetSink,
  type: number,
  origin: Uint8Array | undefined,
): void {
  if (type === 1) putIpv4(scanner, sink);
  else if (type === 2) putIpv6(scanner, sink);
  else if (type === 3) putName(scanner, sink, origin);
  else if (
    scanner.next() !== TokenKind.word ||
    scanner.tokenEnd - scanner.tokenStart !== 1 ||
    scanner.octets[scanner.tokenStart] !== DOT
  ) {
    scanner.failToken("bad-value", 'a single "." because there is no gateway');
  }
}

/** Writes a gateway and says where it ends; undefined where the octets are none. */
function formatGateway(
  octets: Uint8Array,
  at: number,
  type: number,
  origin: Uint8Array | undefined,
): { text: string; end: number } | undefined {
  if (type === 0) return { text: ".", end: at };
  if (type === 1 && at + 4 <= octets.length) return { text: formatIpv4(octets, at), end: at + 4 };
  if (type === 2 && at + 16 <= octets.length) return { text: formatIpv6(octets, at), end: at + 16 };
  const end = type === 3 ? plainNameEnd(octets, at) : -1;
  return end < 0 ? undefined : { text: formatNameAt(octets, at, origin), end };
}

/** Reads the RDATA of IPSECKEY and puts it. */
export function putIpseckey(scanner: TextScanner, sink: OctetSink, origin: Uint8Array | undefined): void {
  const precedence = readNumber(scanner, 255, "a precedence, 0 to 255");
  const type = readNumber(scanner, 3, "a gateway type: 0 none, 1 IPv4, 2 IPv6, 3 a name");
  if (!sink.put(precedence) || !sink.put(type)) return failRdataTooLong(scanner);
  const algorithmAt = sink.length;
  putMnemonic(scanner, sink, algorithmMnemonics, 1);
  putGateway(scanner, sink, type, origin);
  // RFC 4025 section 2.4: algorithm 0 says that no key is present.
  if (sink.octets[algorithmAt] !== 0) putBase64(scanner, sink);
}

/** Writes the RDATA of IPSECKEY; undefined where text cannot say what the octets do. */
export function formatIpseckey(octets: Uint8Array, origin: Uint8Array | undefined): string | undefined {
  if (octets.length < 3) return undefined;
  const gateway = formatGateway(octets, 3, octets[1]!, origin);
  if (!gateway || (octets[2] === 0) !== (gateway.end === octets.length)) return undefined;
  const start = `${octets[0]} ${octets[1]} ${octets[2]} ${gateway.text}`;
  return octets[2] === 0 ? start : `${start} ${formatBase64(octets, gateway.end)}`;
}

/** Reads the RDATA of AMTRELAY and puts it. */
export function putAmtrelay(scanner: TextScanner, sink: OctetSink, origin: Uint8Array | undefined): void {
  const precedence = readNumber(scanner, 255, "a precedence, 0 to 255");
  const isOptional = readNumber(scanner, 1, "the discovery-optional flag, 0 or 1");
  const type = readNumber(scanner, 3, "a relay type: 0 none, 1 IPv4, 2 IPv6, 3 a name");
  if (!sink.put(precedence) || !sink.put(isOptional * 0x80 + type)) return failRdataTooLong(scanner);
  putGateway(scanner, sink, type, origin);
}

/** Writes the RDATA of AMTRELAY; undefined where text cannot say what the octets do. */
export function formatAmtrelay(octets: Uint8Array, origin: Uint8Array | undefined): string | undefined {
  if (octets.length < 2) return undefined;
  const second = octets[1]!;
  const relay = formatGateway(octets, 2, second & 0x7f, origin);
  if (!relay || relay.end !== octets.length) return undefined;
  return `${octets[0]} ${second >> 7} ${second & 0x7f} ${relay.text}`;
}

/** Reads the RDATA of HIP and puts it. */
export function putHip(scanner: TextScanner, sink: OctetSink, origin: Uint8Array | undefined): void {
  const start = sink.length;
  if (!sink.putNumber(0, 4)) return failRdataTooLong(scanner);
  sink.octets[start + 1] = readNumber(scanner, 255, "a public key algorithm, 0 to 255");
  const hitAt = sink.length;
  if (scanner.next() !== TokenKind.word) {
    scanner.failToken("bad-value", "a host identity tag in hexadecimal digits, without spaces");
    return;
  }
  putHexPart(scanner, sink, scanner.tokenStart, scanner.tokenEnd);
  const keyAt = sink.length;
  if (keyAt - hitAt > 255) scanner.fail("string-too-long", "a host identity tag of at most 255 octets");
  if (scanner.next() !== TokenKind.word) {
    scanner.failToken("bad-value", "a public key in base64, without spaces");
    return;
  }
  putWholeBase64(scanner, sink, scanner.tokenStart, scanner.tokenEnd);
  sink.octets[start] = keyAt - hitAt;
  sink.octets[start + 2] = (sink.length - keyAt) >> 8;
  sink.octets[start + 3] = (sink.length - keyAt) & 255;
  while (scanner.hasNext()) putName(scanner, sink, origin);
}

/** Writes the RDATA of HIP; undefined where text cannot say what the octets do. */
export function formatHip(octets: Uint8Array, origin: Uint8Array | undefined): string | undefined {
  if (octets.length < 4) return undefined;
  const hitEnd = 4 + octets[0]!;
  const keyEnd = hitEnd + (octets[2]! << 8) + octets[3]!;
  if (hitEnd === 4 || keyEnd === hitEnd || keyEnd > octets.length) return undefined;
  const items = [String(octets[1]), formatHex(octets, 4, hitEnd), formatBase64(octets, hitEnd, keyEnd)];
  for (let at = keyEnd; at < octets.length;) {
    const end = plainNameEnd(octets, at);
    if (end < 0) return undefined;
    items.push(formatNameAt(octets, at, origin));
    at = end;
  }
  return items.join(" ");
}
