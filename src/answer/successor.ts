// The name right after another one in canonical order: where the link of a minimally covering NSEC leads (RFC 9824 section 3.1; RFC 4471 section 3.1.2).

import { lowerCase, maxLabelOctets, maxNameOctets } from "#wire";
import { nameEnd } from "./octet-names.ts";

/**
 * Writes the successor of a name, in lower case.
 *
 * It is a null label before the name, where there is room for one. The longest names grow in their first label, or have it counted up; where that would
 * lead out of the zone, the chain is closed: the apex follows.
 *
 * @param apexAt  where in `name` the zone's apex begins
 * @param output  room for 255 octets at 0
 * @returns octets written
 */
export function putSuccessor(name: Uint8Array, at: number, apexAt: number, output: Uint8Array): number {
  const end = nameEnd(name, at);
  const length = end - at;
  if (length + 2 <= maxNameOctets) {
    output[0] = 1;
    output[1] = 0;
    copyLowered(name, at, end, output, 2);
    return length + 2;
  }
  const first = name[at]!;
  if (length + 1 <= maxNameOctets && first < maxLabelOctets && at < apexAt) {
    output[0] = first + 1;
    copyLowered(name, at + 1, at + 1 + first, output, 1);
    output[1 + first] = 0;
    copyLowered(name, at + 1 + first, end, output, 2 + first);
    return length + 1;
  }
  for (let labelAt = at; labelAt < apexAt; labelAt += name[labelAt]! + 1) {
    let octets = name[labelAt]!;
    if (labelAt !== at && octets < maxLabelOctets) {
      // What was dropped before it has left room.
      output[0] = octets + 1;
      copyLowered(name, labelAt + 1, labelAt + 1 + octets, output, 1);
      output[1 + octets] = 0;
      copyLowered(name, labelAt + 1 + octets, end, output, 2 + octets);
      return end - labelAt + 1;
    }
    while (octets > 0 && name[labelAt + octets] === 0xff) octets--;
    if (octets === 0) continue;
    copyLowered(name, labelAt + 1, labelAt + 1 + octets, output, 1);
    // Letters have one place in the order, that of the lower case.
    output[octets] = output[octets]! + 1 === 0x41 ? 0x5b : output[octets]! + 1;
    output[0] = octets;
    const rest = labelAt + 1 + name[labelAt]!;
    copyLowered(name, rest, end, output, 1 + octets);
    return 1 + octets + end - rest;
  }
  copyLowered(name, apexAt, end, output, 0);
  return end - apexAt;
}

function copyLowered(name: Uint8Array, from: number, to: number, output: Uint8Array, at: number): void {
  // Lengths of labels are below the letters.
  for (let i = from; i < to; i++) output[at + i - from] = lowerCase[name[i]!]!;
}
