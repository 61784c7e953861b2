// Addresses in a DNS answer, as a visitor uses them.

import { formatAddress } from "#engine";
import { Name, RrType, type Message } from "#wire";

/** CNAMEs that are followed within one answer. */
const chainMaximum = 16;

/**
 * The addresses that an answer holds for a name, in text; CNAMEs in the answer are followed.
 *
 * @param type  A or AAAA
 */
export function addressesFor(message: Message, name: Name, type: number): string[] {
  let owner = name;
  for (let i = 0; i < chainMaximum; i++) {
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

/** The address in the RDATA of an A or AAAA record. */
function addressOf(rdata: Uint8Array): string | undefined {
  if (rdata.length === 4) return rdata.join(".");
  return rdata.length === 16 ? formatAddress(rdata) : undefined;
}
