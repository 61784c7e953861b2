// What a role is given, in messages of bounded size: a large snapshot or delta comes in parts, and the message that ends them says which it was.

import type { RoleObject, ToRole } from "#contract";
import { sizeOf } from "./given-objects.ts";

/**
 * Octets of one message, about: a larger state is sent in parts. No object is larger than some 85,000 octets (an RRset that fits into a DNS
 * message, in base64), so that a part stays below twice this.
 */
const maxPartOctets = 4 << 20;

/**
 * Sends objects and keys in messages of type `part`, but for the last of them.
 * @returns what is left for the snapshot or delta that ends them
 */
export function sendParts(
  connection: { send(message: ToRole): void },
  put: Iterable<RoleObject>,
  remove: Iterable<string>,
): { put: RoleObject[]; remove: string[] } {
  let part: { put: RoleObject[]; remove: string[] } = { put: [], remove: [] };
  let octets = 0;
  const count = (more: number): void => {
    if (octets > 0 && octets + more > maxPartOctets) {
      connection.send({ type: "part", ...part });
      part = { put: [], remove: [] };
      octets = 0;
    }
    octets += more;
  };
  for (const object of put) {
    count(sizeOf(object));
    part.put.push(object);
  }
  for (const key of remove) {
    count(key.length + 3);
    part.remove.push(key);
  }
  return part;
}
