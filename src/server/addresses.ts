// Addresses in a DNS answer, as a visitor uses them.

import { addressOf } from "#engine";
import { Name, RrType, type Message } from "#wire";

/** CNAMEs that are followed within one answer. */
const maxChainLength = 16;

/**
 * The addresses that an answer holds for a name, 16 octets each; CNAMEs in the answer are followed.
 *
 * @param type  A or AAAA
 */
export function addressesFor(message: Message, name: Name, type: number): Uint8Array[] {
  let owner = name;
  for (let i = 0; i < maxChainLength; i++) {
    const own = message.answer.filter((record) => record.name.equals(owner));
    const found = own.filter((record) => record.type === type);
    if (found.length > 0) return found.flatMap(({ rdata }) => addressOf(rdata) ?? []);
    const alias = own.find((record) => record.type === RrType.CNAME);
    const next = alias && Name.fromOctets(alias.rdata);
    if (!next) return [];
    owner = next;
  }
  return [];
}
