// Service parameters, the part of SVCB and HTTPS behind the target (RFC 9460 sections 2.1 and 7, appendix A; dohpath of
// RFC 9461, ohttp of RFC 9540), read from text. Writing them is in `text-svcb-format.ts`.

import { maxCharStringOctets, maxRdataOctets } from "../limits.ts";
import { TextScanner, TokenKind } from "../scanner.ts";
import { failRdataTooLong, indexInToken, numberOf, OctetSink, putTextPart } from "../scanner-values.ts";
import { putIpv4Part, putIpv6Part } from "./text-address.ts";
import { putWholeBase64 } from "./text-encodings.ts";

/** Keys of service parameters (IANA "Service Parameter Keys (SvcParamKeys)"). */
export const SvcParamKey = {
  mandatory: 0,
  alpn: 1,
  "no-default-alpn": 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
  dohpath: 7,
  ohttp: 8,
} as const;

const keyNumbers: ReadonlyMap<string, number> = new Map(Object.entries(SvcParamKey));

const EQUALS = 61;
const COMMA = 44;
const QUOTE = 34;
const BACKSLASH = 92;

const keyWords = "a parameter such as alpn=h2,h3, port=8443 or key65280=text";

/** A parameter whose value stands in `values` from `start` to `end`. */
interface Param {
  readonly key: number;
  readonly start: number;
  readonly end: number;
  /** Where its text starts. */
  readonly offset: number;
}

// Used within one call only: a value with its escapes resolved, and all values in wire form.
const plainValue = new OctetSink();
const values = new OctetSink();

/** Reads parameters, in any order, to the end of the record, and puts them in the order of their keys. */
export function putSvcParams(scanner: TextScanner, sink: OctetSink): void {
  const params: Param[] = [];
  const seen = new Set<number>();
  values.length = 0;
  while (scanner.next(true) !== TokenKind.end) {
    const param = readParam(scanner);
    if (!param) return;
    if (seen.has(param.key)) {
      scanner.fail("duplicate-key", "each parameter once");
      return;
    }
    seen.add(param.key);
    params.push(param);
  }
  if (scanner.failure) return;
  // RFC 9460 section 2.2: keys in strictly increasing order.
  params.sort((a, b) => a.key - b.key);
  for (const { key, start, end } of params) {
    const fits = sink.putNumber(key, 2) && sink.putNumber(end - start, 2);
    if (!fits || !sink.putAll(values.octets.subarray(start, end))) return failRdataTooLong(scanner);
  }
  const mandatory = params[0];
  if (mandatory?.key === SvcParamKey.mandatory) checkMandatory(scanner, mandatory, seen);
}

/** RFC 9460 section 8: each mandatory key is there. */
function checkMandatory(
  scanner: TextScanner,
  { start, end, offset }: Param,
  keys: ReadonlySet<number>,
): void {
  for (let at = start; at < end; at += 2) {
    const key = (values.octets[at]! << 8) | values.octets[at + 1]!;
    if (!keys.has(key))
      scanner.fail("missing-key", `the parameter ${svcParamName(key)}, which is mandatory here`, offset);
  }
}

/** The name of a key, or key### (RFC 9460 section 2.1). */
export function svcParamName(key: number): string {
  for (const [name, number] of keyNumbers) if (number === key) return name;
  return `key${key}`;
}

/** Reads the parameter that the token is; undefined after a failure. */
function readParam(scanner: TextScanner): Param | undefined {
  const { octets, tokenStart } = scanner;
  if (scanner.kind !== TokenKind.word) {
    scanner.failToken("bad-value", `${keyWords}, with quotes around the value only`);
    return undefined;
  }
  const equalsAt = indexInToken(scanner, EQUALS, tokenStart);
  const hasValue = equalsAt < scanner.tokenEnd;
  const name =
    equalsAt - tokenStart > 63 ? "" : String.fromCharCode(...octets.subarray(tokenStart, equalsAt));
  const key = keyNumbers.get(name) ?? numberedKey(name);
  if (key === undefined) {
    scanner.fail("bad-value", keyWords);
    return undefined;
  }
  plainValue.length = 0;
  let from = Math.min(equalsAt + 1, scanner.tokenEnd);
  let to = scanner.tokenEnd;
  if (hasValue && octets[from] === QUOTE) {
    from++;
    to--;
  }
  putTextPart(scanner, plainValue, from, to, maxRdataOctets);
  if (scanner.failure) return undefined;
  const start = values.length;
  const isNamed = keyNumbers.has(name);
  const inner = new TextScanner(plainValue.take());
  putParamValue(inner, isNamed ? key : -1, hasValue);
  if (!isNamed && !inner.failure && !isSvcParamValue(key, values.octets, start, values.length)) {
    inner.fail("bad-value", `octets that parameter ${svcParamName(key)} can have`);
  }
  if (inner.failure) scanner.fail(inner.failure.code, inner.failure.expected, hasValue ? from : tokenStart);
  return scanner.failure ? undefined : { key, start, end: values.length, offset: tokenStart };
}

/** The number in key###, without leading zeros. */
function numberedKey(name: string): number | undefined {
  const number = name.startsWith("key") ? Number(name.slice(3)) : Number.NaN;
  return Number.isInteger(number) && number >= 0 && number <= 65_535 && name === `key${number}`
    ? number
    : undefined;
}

/** Puts the wire form of a value; `inner` has its octets. `key` is -1 for one that is taken as it is. */
function putParamValue(inner: TextScanner, key: number, hasValue: boolean): void {
  const length = inner.octets.length;
  switch (key) {
    case SvcParamKey["no-default-alpn"]:
    case SvcParamKey.ohttp:
      if (hasValue) inner.fail("bad-value", "no = and no value behind this parameter");
      return;
    case SvcParamKey.mandatory:
      return putMandatory(inner);
    case SvcParamKey.alpn:
      return putProtocols(inner);
    case SvcParamKey.port:
      values.putNumber(numberOf(inner, 0, length, 65_535, "a port, 0 to 65535"), 2);
      return;
    case SvcParamKey.ipv4hint:
      return putList(inner, putIpv4Part);
    case SvcParamKey.ipv6hint:
      return putList(inner, putIpv6Part);
    case SvcParamKey.ech:
      if (length === 0) inner.fail("missing-value", "base64 behind ech=");
      else putWholeBase64(inner, values, 0, length);
      return;
    case SvcParamKey.dohpath:
      if (!isTemplate(inner.octets, 0, length)) {
        inner.fail("bad-value", "a path with the variable dns, such as /dns-query{?dns}");
      }
      break;
    default:
  }
  if (!values.putAll(inner.octets)) failRdataTooLong(inner);
}

/** Splits at commas and hands each part on. An empty part is refused. */
function putList(
  inner: TextScanner,
  putPart: (inner: TextScanner, sink: OctetSink, from: number, to: number) => void,
): void {
  const { octets } = inner;
  let from = 0;
  for (let at = 0; at <= octets.length && !inner.failure; at++) {
    if (at < octets.length && octets[at] !== COMMA) continue;
    if (at === from) inner.fail("missing-value", "values with one comma between them");
    else putPart(inner, values, from, at);
    from = at + 1;
  }
}

function putMandatory(inner: TextScanner): void {
  const keys: number[] = [];
  putList(inner, (_, _sink, from, to) => {
    const name = to - from > 63 ? "" : String.fromCharCode(...inner.octets.subarray(from, to));
    const key = keyNumbers.get(name) ?? numberedKey(name);
    // RFC 9460 section 8: the key mandatory itself is not listed, and no key twice.
    if (key === undefined || key === SvcParamKey.mandatory) inner.fail("bad-value", "keys such as alpn,port");
    else if (keys.includes(key)) inner.fail("duplicate-key", "each key once");
    else keys.push(key);
  });
  for (const key of keys.sort((a, b) => a - b)) {
    if (!values.putNumber(key, 2)) failRdataTooLong(inner);
  }
}

/** Protocol names with commas between; a comma or backslash in a name has a backslash before it (appendix A.1). */
function putProtocols(inner: TextScanner): void {
  const { octets } = inner;
  let lengthAt = values.length;
  values.put(0);
  for (let at = 0; at <= octets.length; at++) {
    let octet = octets[at];
    if (octet === COMMA || octet === undefined) {
      const length = values.length - lengthAt - 1;
      if (length === 0) {
        inner.fail("missing-value", "protocols with one comma between them, such as h2,h3");
        return;
      }
      if (length > maxCharStringOctets) {
        inner.fail("string-too-long", `a protocol of at most ${maxCharStringOctets} octets`);
        return;
      }
      values.octets[lengthAt] = length;
      lengthAt = values.length;
      if (octet === COMMA && !values.put(0)) return failRdataTooLong(inner);
      continue;
    }
    if (octet === BACKSLASH) {
      octet = octets[++at];
      if (octet !== COMMA && octet !== BACKSLASH) {
        inner.fail(
          "bad-escape",
          'a comma or a backslash behind the backslash in a protocol: "\\\\," or "\\\\\\\\"',
        );
        return;
      }
    }
    if (!values.put(octet)) return failRdataTooLong(inner);
  }
}

/** Tells whether a value in wire form is one that the key's own text stands for (RFC 9460 section 7). */
export function isSvcParamValue(key: number, octets: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  switch (key) {
    case SvcParamKey.mandatory: {
      let last = 0;
      for (let at = from; at + 1 < to; at += 2) {
        const listed = (octets[at]! << 8) | octets[at + 1]!;
        if (listed <= last) return false;
        last = listed;
      }
      return length > 0 && length % 2 === 0;
    }
    case SvcParamKey.alpn: {
      let at = from;
      while (at < to && octets[at]! > 0) at += 1 + octets[at]!;
      return length > 0 && at === to;
    }
    case SvcParamKey["no-default-alpn"]:
      return length === 0;
    case SvcParamKey.port:
      return length === 2;
    case SvcParamKey.ipv4hint:
      return length > 0 && length % 4 === 0;
    case SvcParamKey.ipv6hint:
      return length > 0 && length % 16 === 0;
    case SvcParamKey.ech:
      return length > 0;
    default:
      return true;
  }
}

/** Tells whether octets are a template as RFC 9461 section 5 has it: not empty, in UTF-8. */
export function isTemplate(octets: Uint8Array, from: number, to: number): boolean {
  return to > from && isUtf8(octets, from, to);
}

function isUtf8(octets: Uint8Array, from: number, to: number): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(octets.subarray(from, to));
    return true;
  } catch {
    // The decoder throws on octets that are no UTF-8, and on nothing else.
    return false;
  }
}
