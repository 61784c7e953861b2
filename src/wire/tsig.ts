// Transaction signatures on messages in octets (RFC 8945): what is digested, how a message is signed, how one is verified, alone or as one of many.
// The keyed hash is an argument, and so is the time. Which key may do what is not decided here.

import { fail, type Result, succeed } from "./failure.ts";
import { headerOctets, maxMessageOctets } from "./limits.ts";
import { Name } from "./name.ts";
import { Rcode, RrClass } from "./constants.ts";
import { Reader } from "./reader.ts";
import { decodeRdata, encodeRdata, type TsigRdata } from "./rdata/typed-rdata.ts";
import { RrType } from "./rr-type.ts";

/** The hashes of RFC 8945 that are not deprecated. */
export type TsigHash = "sha224" | "sha256" | "sha384" | "sha512";

/** HMAC (RFC 2104) of octets, whole. */
export type Hmac = (hash: TsigHash, secret: Uint8Array, data: Uint8Array) => Uint8Array;

/** One algorithm of RFC 8945 section 6. */
export interface TsigAlgorithm {
  /** Its name as files write it: without a final dot. */
  readonly mnemonic: string;
  readonly name: Name;
  readonly hash: TsigHash;
  /** Octets that the hash gives. */
  readonly digestOctets: number;
  /** Octets of it that a MAC has by the algorithm itself. */
  readonly macOctets: number;
}

function algorithm(mnemonic: string, hash: TsigHash, digestOctets: number, macOctets: number): TsigAlgorithm {
  const parsed = Name.parse(mnemonic);
  return { mnemonic, name: parsed.ok ? parsed.value : Name.root, hash, digestOctets, macOctets };
}

/** All HMAC-SHA-2 algorithms of RFC 8945 section 6. MD5, SHA-1 and GSS are not spoken. */
export const tsigAlgorithms: readonly TsigAlgorithm[] = [
  algorithm("hmac-sha224", "sha224", 28, 28),
  algorithm("hmac-sha256", "sha256", 32, 32),
  algorithm("hmac-sha256-128", "sha256", 32, 16),
  algorithm("hmac-sha384", "sha384", 48, 48),
  algorithm("hmac-sha384-192", "sha384", 48, 24),
  algorithm("hmac-sha512", "sha512", 64, 64),
  algorithm("hmac-sha512-256", "sha512", 64, 32),
];

/** The algorithm of a name in presentation format, in any case, with or without a final dot. */
export function tsigAlgorithm(text: string): TsigAlgorithm | undefined {
  const wanted = text.toLowerCase().replace(/\.$/, "");
  return tsigAlgorithms.find(({ mnemonic }) => mnemonic === wanted);
}

/** A shared secret with the name that both sides know it by. */
export interface TsigKey {
  readonly name: Name;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
  /**
   * Octets that a MAC is truncated to, and the fewest that are taken; absent: those of the algorithm.
   * @see RFC 8945 section 5.2.2.1
   */
  readonly macOctets?: number;
}

/** Seconds that clocks may differ by, unless a message says otherwise (RFC 8945 section 10). */
export const tsigFudgeSeconds = 300;

/** Messages of one response that may follow each other unsigned (RFC 8945 section 5.3.1). */
export const maxUnsignedMessages = 99;

/** Octets that a signature of a key takes at most. */
export function tsigOctets(key: Pick<TsigKey, "name" | "algorithm">): number {
  const { name, algorithm } = key;
  return name.octets.length + 10 + algorithm.name.octets.length + 16 + algorithm.digestOctets + 6;
}

/** A message's signature, apart from the message. */
export interface TsigRecord extends TsigRdata {
  readonly keyName: Name;
  /** Where the record begins, from the start of the message. */
  readonly at: number;
}

/**
 * Finds the signature of a message: the last record, of type TSIG (RFC 8945 section 5.1).
 *
 * @returns undefined where it has none
 * Failures: those of a message whose records cannot be walked over, `bad-tsig` where one stands elsewhere, or its class or TTL are wrong.
 */
export function findTsig(message: Uint8Array): Result<TsigRecord | undefined> {
  const reader = new Reader(message);
  reader.skip(4);
  const questions = reader.u16();
  let records = reader.u16() + reader.u16();
  records += reader.u16();
  for (let i = 0; i < questions && reader.failure === undefined; i++) {
    reader.name();
    reader.skip(4);
  }
  for (let i = 0; i < records && reader.failure === undefined; i++) {
    const at = reader.position;
    const keyName = reader.name();
    const type = reader.u16();
    const rrClass = reader.u16();
    const ttl = reader.u32();
    const rdata = reader.take(reader.u16());
    if (reader.failure !== undefined) break;
    if (type !== RrType.TSIG) continue;
    if (i < records - 1 || rrClass !== RrClass.ANY || ttl !== 0 || reader.remaining > 0)
      return fail("bad-tsig", at);
    const fields = decodeRdata(RrType.TSIG, rdata);
    if (!fields.ok) return fail("bad-tsig", at);
    return succeed({ ...fields.value, keyName, at });
  }
  return reader.failure === undefined ? succeed(undefined) : { ok: false, failure: reader.failure };
}

/** A message without its signature, as its sender had it: the original ID, and one record less (RFC 8945 section 5.2). */
export function withoutTsig(
  message: Uint8Array,
  { at, originalId }: Pick<TsigRecord, "at" | "originalId">,
): Uint8Array {
  const stripped = message.slice(0, at);
  putU16(stripped, 0, originalId);
  putU16(stripped, 10, ((message[10]! << 8) | message[11]!) - 1);
  return stripped;
}

/** Whether a MAC of a length may be looked at: no longer than the hash, no shorter than half of it and than 10 octets (RFC 8945 section 5.2.2.1). */
export function isMacLengthLegal({ digestOctets }: TsigAlgorithm, octets: number): boolean {
  return octets <= digestOctets && octets >= Math.max(10, digestOctets / 2);
}

/** What has come of verifying. */
export type TsigVerdict =
  /** `error` is what the other side says of the signature of the request. */
  | { readonly kind: "good"; readonly message: Uint8Array; readonly error: number }
  /** No signature where there has to be one. */
  | { readonly kind: "unsigned" }
  /** The signature is no signature, or of an impossible length. */
  | { readonly kind: "malformed" }
  | { readonly kind: "bad"; readonly error: number; readonly record: TsigRecord };

/** One side of an exchange of signed messages: signs its own in their order, or verifies the other side's. */
export class TsigSession {
  readonly key: TsigKey;
  readonly #hmac: Hmac;
  /** The MAC before: of the request, and then of each signed message. */
  #priorMac: Uint8Array | undefined;
  #isFirst = true;
  #unsigned: Uint8Array[] = [];
  #macOctets: number;

  /**
   * @param requestMac  the request's, for the messages of a response; absent for a request
   * @param macOctets  to which a MAC is truncated; absent: as the key says
   */
  constructor(key: TsigKey, hmac: Hmac, requestMac?: Uint8Array, macOctets?: number) {
    this.key = key;
    this.#hmac = hmac;
    this.#priorMac = requestMac;
    this.#macOctets = macOctets ?? key.macOctets ?? key.algorithm.macOctets;
  }

  /** The MAC of the message that was signed or verified last. */
  get mac(): Uint8Array | undefined {
    return this.#priorMac;
  }

  /**
   * Signs a message. There is room for {@link tsigOctets} more.
   *
   * @param seconds  since 1970
   * @param given  an error with its other data, and a time that is not now: that of the request (RFC 8945 section 5.2.3)
   */
  sign(
    message: Uint8Array,
    seconds: number,
    given: { readonly error?: number; readonly otherData?: Uint8Array; readonly timeSigned?: number } = {},
  ): Uint8Array {
    const fields: TsigRdata = {
      algorithmName: this.key.algorithm.name,
      timeSigned: given.timeSigned ?? seconds,
      fudge: tsigFudgeSeconds,
      mac: noOctets,
      originalId: (message[0]! << 8) | message[1]!,
      error: given.error ?? Rcode.NOERROR,
      otherData: given.otherData ?? noOctets,
    };
    const mac = this.#digest(message, fields).slice(0, this.#macOctets);
    this.#priorMac = mac;
    this.#isFirst = false;
    return appendTsig(message, this.key.name, { ...fields, mac });
  }

  /** Takes a message that goes without a signature into the digest of the next one (RFC 8945 section 5.3.1). */
  pass(message: Uint8Array): void {
    this.#unsigned.push(message);
  }

  /**
   * Verifies a message of the other side.
   *
   * A response to what was signed must be signed (RFC 8945 section 5.3); of several, the first and the last, and at most 99 between
   * two may be unsigned.
   * @param isLast  whether nothing follows it
   */
  verify(octets: Uint8Array, seconds: number, isLast: boolean): TsigVerdict {
    const found = findTsig(octets);
    if (!found.ok) return { kind: "malformed" };
    const record = found.value;
    if (record === undefined) {
      if (this.#isFirst || isLast || this.#unsigned.length >= maxUnsignedMessages)
        return { kind: "unsigned" };
      this.pass(octets);
      return { kind: "good", message: octets, error: Rcode.NOERROR };
    }
    const { key } = this;
    if (!record.keyName.equals(key.name) || !record.algorithmName.equals(key.algorithm.name))
      return { kind: "bad", error: Rcode.BADKEY, record };
    if (record.error === Rcode.BADKEY || record.error === badSig)
      return { kind: "bad", error: record.error, record };
    return this.check(octets, record, seconds);
  }

  /** Verifies a message whose signature was found, and whose key is this one. */
  check(octets: Uint8Array, record: TsigRecord, seconds: number): TsigVerdict {
    const { algorithm } = this.key;
    if (!isMacLengthLegal(algorithm, record.mac.length)) return { kind: "malformed" };
    const message = withoutTsig(octets, record);
    const mac = this.#digest(message, record);
    if (!isSame(mac, record.mac)) return { kind: "bad", error: badSig, record };
    this.#priorMac = record.mac;
    this.#isFirst = false;
    // RFC 8945 section 5.2.3: only who has the secret is told that clocks differ.
    if (Math.abs(seconds - record.timeSigned) > record.fudge)
      return { kind: "bad", error: Rcode.BADTIME, record };
    if (record.mac.length < (this.key.macOctets ?? algorithm.macOctets))
      return { kind: "bad", error: Rcode.BADTRUNC, record };
    // The receiver goes by the ID on the wire; the original one is for the digest alone.
    message[0] = octets[0]!;
    message[1] = octets[1]!;
    return { kind: "good", message, error: record.error };
  }

  /** RFC 8945 section 4.3.3: the MAC before, the messages, and of the signature all variables, or the time alone in those that follow. */
  #digest(message: Uint8Array, fields: TsigRdata): Uint8Array {
    const timers = new Uint8Array(8);
    putU48(timers, 0, fields.timeSigned);
    putU16(timers, 6, fields.fudge);
    const parts: Uint8Array[] = [];
    if (this.#priorMac !== undefined) parts.push(u16Octets(this.#priorMac.length), this.#priorMac);
    parts.push(...this.#unsigned, message);
    this.#unsigned = [];
    if (this.#isFirst) {
      const { error, otherData } = fields;
      parts.push(this.key.name.toLowerCase().octets, Uint8Array.of(0, RrClass.ANY, 0, 0, 0, 0));
      parts.push(
        this.key.algorithm.name.octets,
        timers,
        u16Octets(error),
        u16Octets(otherData.length),
        otherData,
      );
    } else parts.push(timers);
    return this.#hmac(this.key.algorithm.hash, this.key.secret, concatenate(parts));
  }
}

/** BADSIG, which has the number of BADVERS (RFC 8945 section 3). */
export const badSig = 16;

/** Appends a signature record that was made elsewhere: one without a MAC says only what was wrong (RFC 8945 section 5.3.2). */
export function appendTsig(message: Uint8Array, keyName: Name, fields: TsigRdata): Uint8Array {
  const rdata = encodeRdata(RrType.TSIG, fields);
  if (!rdata.ok) throw new RangeError(`Cannot sign a message: ${rdata.failure.code}`);
  const { octets } = keyName;
  const length = message.length + octets.length + 10 + rdata.value.length;
  if (length > maxMessageOctets || message.length < headerOctets)
    throw new RangeError(`Cannot sign a message of ${message.length} octets: there is no room`);
  const signed = new Uint8Array(length);
  signed.set(message);
  let at = message.length;
  signed.set(octets, at);
  at += octets.length;
  putU16(signed, at, RrType.TSIG);
  putU16(signed, at + 2, RrClass.ANY);
  putU16(signed, at + 8, rdata.value.length);
  signed.set(rdata.value, at + 10);
  putU16(signed, 10, ((message[10]! << 8) | message[11]!) + 1);
  return signed;
}

/** Seconds as six octets, as BADTIME carries the server's (RFC 8945 section 5.2.3). */
export function tsigTimeOctets(seconds: number): Uint8Array {
  const octets = new Uint8Array(6);
  putU48(octets, 0, seconds);
  return octets;
}

const noOctets = new Uint8Array(0);

/** Compares a MAC with as many octets of the right one, in a time that does not tell where they differ. */
function isSame(whole: Uint8Array, mac: Uint8Array): boolean {
  let difference = 0;
  for (let i = 0; i < mac.length; i++) difference |= whole[i]! ^ mac[i]!;
  return difference === 0;
}

function putU16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value;
}

function putU48(octets: Uint8Array, at: number, value: number): void {
  putU16(octets, at, Math.floor(value / 2 ** 32));
  putU16(octets, at + 2, Math.floor(value / 2 ** 16) % 2 ** 16);
  putU16(octets, at + 4, value % 2 ** 16);
}

function u16Octets(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
