// What a watched message says in the words of a query log: one object a query, which is a line of JSON in the file and what the API shows.

import type { WatchedQuery } from "#contract";
import { formatAddress, type WatchedMessage } from "#engine";
import { headerOctets, Name, Opcode, rcodeName, RrClass, typeName } from "#wire";

const opcodeNames = new Map<number, string>(Object.entries(Opcode).map(([name, code]) => [code, name]));

/** Puts a message into words. @param group  of the listeners that it came to */
export function describeWatchedMessage(message: WatchedMessage, group: string): WatchedQuery {
  const { query, from, to, transport, rcode, askedAt, answeredAt, responseOctets } = message;
  const opcode = ((query[2] ?? 0) >> 3) & 0xf;
  const question = readQuestion(query);
  const isTruncated = ((message.response[2] ?? 0) & 0x02) !== 0;
  return {
    time: new Date(askedAt).toISOString(),
    group,
    client: formatAddress(from.address),
    port: from.port,
    ...(to.port === 0 ? {} : { server: formatAddress(to.address) }),
    transport,
    ...(opcode === Opcode.QUERY ? {} : { opcode: opcodeNames.get(opcode) ?? String(opcode) }),
    ...question,
    ...(rcode < 0 ? {} : { rcode: rcodeName(rcode) }),
    size: responseOctets,
    ...(isTruncated ? { truncated: true } : {}),
    tookMs: Math.max(0, Math.round((answeredAt - askedAt) * 1000) / 1000),
  };
}

/** The first question; empty where there is none that can be read. */
export function readQuestion(query: Uint8Array): Pick<WatchedQuery, "name" | "type" | "class"> {
  if (query.length < headerOctets || ((query[4] ?? 0) << 8) + (query[5] ?? 0) === 0) return {};
  const name = Name.fromOctets(query, headerOctets);
  if (!name) return {};
  const at = headerOctets + name.octets.length;
  if (at + 4 > query.length) return {};
  const type = (query[at]! << 8) | query[at + 1]!;
  const rrClass = (query[at + 2]! << 8) | query[at + 3]!;
  return {
    name: name.toString(),
    type: typeName(type),
    ...(rrClass === RrClass.IN ? {} : { class: rrClass }),
  };
}
