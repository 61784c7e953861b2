// Messages to other name servers: requests for SOA, AXFR and IXFR, and NOTIFY.

import {
  type Edns,
  EdnsOption,
  encodeMessage,
  type Name,
  Opcode,
  Rcode,
  RrClass,
  RrType,
  udpPayloadOctets,
} from "#wire";
import { type Rrset, soaRecord } from "#zone";

const edns: Edns = {
  udpPayloadSize: udpPayloadOctets,
  version: 0,
  isDnssecOk: false,
  options: [{ code: EdnsOption.EXPIRE, octets: new Uint8Array() }], // RFC 7314 section 3.1: empty in a request
};

/** Encodes a question about a zone. @param soa  for IXFR: what is there already (RFC 1995 section 3) */
export function encodeZoneQuery(apex: Name, type: number, id: number, soa?: Rrset): Uint8Array {
  return encode(Opcode.QUERY, apex, type, id, false, soa && { authority: soa });
}

/** Encodes NOTIFY (RFC 1996 section 3.7): the SOA goes along as a hint. */
export function encodeNotify(soa: Rrset, id: number): Uint8Array {
  return encode(Opcode.NOTIFY, soa.owner, RrType.SOA, id, true, { answer: soa });
}

function encode(
  opcode: number,
  name: Name,
  type: number,
  id: number,
  aa: boolean,
  soa: { readonly answer?: Rrset; readonly authority?: Rrset } = {},
): Uint8Array {
  const encoded = encodeMessage({
    id,
    flags: { qr: false, opcode, aa, tc: false, rd: false, ra: false, ad: false, cd: false },
    rcode: Rcode.NOERROR,
    question: [{ name, type, class: RrClass.IN }],
    answer: soa.answer ? [soaRecord(soa.answer)] : [],
    authority: soa.authority ? [soaRecord(soa.authority)] : [],
    additional: [],
    ...(opcode === Opcode.QUERY ? { edns } : {}),
  });
  // A question and one SOA record always fit.
  if (!encoded.ok) throw new RangeError(`Cannot ask about "${name.toString()}": ${encoded.failure.code}`);
  return encoded.value.octets;
}
