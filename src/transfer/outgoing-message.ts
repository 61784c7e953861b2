// Messages to other name servers: requests for SOA, AXFR and IXFR, and NOTIFY.

import { type Edns, EdnsOption, encodeRequest, type Name, Opcode, RrType, udpPayloadOctets } from "#wire";
import { type Rrset, soaRecord } from "#zone";

const edns: Edns = {
  udpPayloadSize: udpPayloadOctets,
  version: 0,
  isDnssecOk: false,
  options: [{ code: EdnsOption.EXPIRE, octets: new Uint8Array() }], // RFC 7314 section 3.1: empty in a request
};

/** Encodes a question about a zone. @param soa  for IXFR: what is there already (RFC 1995 section 3) */
export function encodeZoneQuery(apex: Name, type: number, id: number, soa?: Rrset): Uint8Array {
  return encodeRequest(apex, type, { id, edns, ...(soa ? { authority: [soaRecord(soa)] } : {}) });
}

/** Encodes NOTIFY (RFC 1996 section 3.7): the SOA goes along as a hint. */
export function encodeNotify(soa: Rrset, id: number): Uint8Array {
  return encodeRequest(soa.owner, RrType.SOA, {
    id,
    flags: { opcode: Opcode.NOTIFY, aa: true },
    answer: [soaRecord(soa)],
  });
}
