// Regions and names. This platform is one place, which takes itself for whatever region a client asks for: every region is answered alike.

import type { LightsailShapes } from "#contract";
import { pageOf } from "./answers.ts";
import { shown } from "../names.ts";
import { resourceZone } from "../resources.ts";
import type { AwsCall } from "./service.ts";

/** Lightsail's regions: where each is, for lists that people choose from. */
const known: readonly (readonly [name: string, displayName: string, continentCode: string])[] = [
  ["us-east-1", "Virginia", "NA"],
  ["us-east-2", "Ohio", "NA"],
  ["us-west-2", "Oregon", "NA"],
  ["ca-central-1", "Montreal", "NA"],
  ["eu-west-1", "Ireland", "EU"],
  ["eu-west-2", "London", "EU"],
  ["eu-west-3", "Paris", "EU"],
  ["eu-central-1", "Frankfurt", "EU"],
  ["eu-north-1", "Stockholm", "EU"],
  ["ap-south-1", "Mumbai", "AS"],
  ["ap-southeast-1", "Singapore", "AS"],
  ["ap-southeast-2", "Sydney", "OC"],
  ["ap-northeast-1", "Tokyo", "AS"],
  ["ap-northeast-2", "Seoul", "AS"],
];
/** Letters of the availability zones of a region. */
const zoneLetters: readonly string[] = ["a", "b", "c"];

/** GetRegions: all of Lightsail's, and the one that the client signed for. */
export function getRegions(
  { includeAvailabilityZones = false, includeRelationalDatabaseAvailabilityZones = false }: Request,
  { region }: AwsCall,
): LightsailShapes["GetRegionsResult"] {
  const isKnown = known.some(([name]) => name === region);
  const all = isKnown ? known : [...known, [region, region, "NA"] as const];
  return {
    regions: all.map(([name, displayName, continentCode]) => ({
      name,
      displayName,
      continentCode,
      description: `Served by this platform, as every region: ${displayName}`,
      availabilityZones: includeAvailabilityZones ? zonesOf(name) : [],
      relationalDatabaseAvailabilityZones: includeRelationalDatabaseAvailabilityZones ? zonesOf(name) : [],
    })),
  };
}

type Request = LightsailShapes["GetRegionsRequest"];

function zonesOf(region: string): LightsailShapes["AvailabilityZoneList"] {
  return zoneLetters.map((letter) => ({ zoneName: `${region}${letter}`, state: "available" }));
}

/** GetActiveNames: of everything that has a name of its own. */
export function getActiveNames(
  { pageToken }: LightsailShapes["GetActiveNamesRequest"],
  { core }: AwsCall,
): LightsailShapes["GetActiveNamesResult"] {
  const { state } = core.views;
  const names = new Set<string>();
  for (const kind of namedKinds) for (const name of state.all(kind).keys()) names.add(name);
  for (const { value } of state.all("zone").values())
    if (value.apex !== resourceZone) names.add(shown(value.apex));
  const sorted = [...names].sort((a, b) => (a < b ? -1 : 1));
  const { page, next } = pageOf(sorted, (name) => name, pageToken);
  return { activeNames: page, ...next };
}

const namedKinds = [
  "instance",
  "static-ip",
  "load-balancer",
  "certificate",
  "distribution",
  "container-service",
] as const;
