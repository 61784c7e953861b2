// Which user an image's command runs as: what its configuration names, looked up in the image's own /etc/passwd and /etc/group.

import { openSync, closeSync, readSync } from "node:fs";

/** Ids of a user. */
export interface ImageUser {
  readonly id: number;
  readonly group: number;
  readonly groups: readonly number[];
}

/** How much of a file of users is read, in octets. */
const maxOctets = 1 << 20;
/** The last id that is one: 2^32 - 1 means none. */
const maxId = 0xfffffffe;

/**
 * Finds a user in the root that this process has.
 * @param text  `USER`, `USER:GROUP`, each a name or a number; empty: root
 * @returns in words why there is none
 */
export function findUser(text: string, read: (path: string) => string = readSome): ImageUser | string {
  const [name = "", groupName] = text === "" ? ["0"] : text.split(":");
  const users = linesOf(read("/etc/passwd"));
  const known = users.find((fields) => fields[0] === name) ?? users.find((fields) => fields[2] === name);
  const id = idIn(known?.[2] ?? name);
  if (id === undefined) return `Cannot run as user "${name}": the image has no such user`;
  const groups = linesOf(read("/etc/group"));
  const own =
    groupName === undefined
      ? (known?.[3] ?? "0")
      : (groups.find((fields) => fields[0] === groupName)?.[2] ?? groupName);
  const group = idIn(own);
  if (group === undefined) return `Cannot run as group "${groupName}": the image has no such group`;
  const others = groups.flatMap((fields) => {
    const isMember = known !== undefined && fields[3]?.split(",").includes(known[0] ?? "");
    return isMember ? (idIn(fields[2] ?? "") ?? []) : [];
  });
  return { id, group, groups: [...new Set([group, ...others])].slice(0, 32) };
}

function linesOf(text: string): string[][] {
  return text.split("\n").map((line) => line.trim().split(":"));
}

function idIn(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) <= maxId ? Number(text) : undefined;
}

function readSome(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const octets = Buffer.alloc(maxOctets);
      return octets.toString("utf8", 0, readSync(file, octets));
    } finally {
      closeSync(file);
    }
  } catch {
    return ""; // an image may have no users
  }
}
