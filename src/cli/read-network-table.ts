// Reads the file of `fairlead networks set`: lines of places and networks, with blanks, tabs or commas between their parts, or what
// `fairlead networks --json` prints. What the lines say is judged by the platform; here they only have to have the right parts.

import { networkTable, type NetworkTable, PlatformError } from "#contract";
import { readTextFile } from "./read-file.ts";

/** Octets of a table: what the API takes. */
const maxOctets = 64 << 20;

/** Reads a table. Throws `path-unusable`, or `usage` with the line that is none. */
export function readNetworkTable(path: string): NetworkTable {
  const text = readTextFile(path, "networks", maxOctets);
  return /^\s*\{/.test(text) ? readJson(path, text) : readLines(path, text);
}

function readJson(path: string, text: string): NetworkTable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PlatformError("usage", `Cannot read networks "${path}": it is no JSON`, { cause });
  }
  const read = networkTable.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new PlatformError(
    "usage",
    `Cannot read networks "${path}": ${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? ""}`,
  );
}

function readLines(path: string, text: string): NetworkTable {
  const places = new Map<string, NetworkTable["places"][number]>();
  const named = new Set<string>();
  const networks: string[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const parts = line
      .replace(/#.*$/, "")
      .trim()
      .split(/[\s,]+/);
    const [first = "", name = "", latitude, longitude, ...more] = parts;
    if (first === "") continue;
    const refuse = (reason: string): never => {
      throw new PlatformError("usage", `Cannot read networks "${path}", line ${i + 1}: ${reason}`);
    };
    if (first === "place") {
      if (name === "" || more.length > 0 || (latitude !== undefined && longitude === undefined))
        refuse("expected place NAME LATITUDE LONGITUDE, or place NAME");
      if (places.has(name)) refuse(`place ${name} is there twice`);
      const [phi, lambda] = [Number(latitude), Number(longitude)];
      if (latitude !== undefined && !(Math.abs(phi) <= 90 && Math.abs(lambda) <= 180))
        refuse(`"${latitude} ${longitude}" are no latitude and longitude in degrees`);
      places.set(name, { name, ...(latitude === undefined ? {} : { latitude: phi, longitude: lambda }) });
      continue;
    }
    if (name === "" || latitude !== undefined) refuse("expected NETWORK PLACE, such as 192.0.2.0/24 berlin");
    named.add(name);
    networks.push(`${first} ${name}`);
  }
  for (const name of named) if (!places.has(name)) places.set(name, { name });
  return { places: [...places.values()], networks };
}
