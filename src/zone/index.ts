// Zones as data: read for answers, changed, compared, checked, numbered.

export {
  replaceZone,
  type RrsetPut,
  type RrsetRemoval,
  type ZoneChange,
  type ZonePut,
  type ZoneRemoval,
  type ZoneTable,
} from "./change.ts";
export { Journal, JournaledZones, type NewVersion } from "./journal.ts";
export { findRrset, type NameRow, type ZoneSnapshot, type ZoneStore, withSnapshot } from "./snapshot.ts";
export {
  applyVersion,
  changeBetween,
  condense,
  recordsOctets,
  serialOf,
  soaRecord,
  type VersionDiff,
  type VersionFault,
  withSerial,
} from "./version.ts";
export {
  type CatalogMember,
  makeCatalog,
  maxCatalogMembers,
  readCatalog,
  type ReadCatalog,
} from "./catalog.ts";
export { checkLoadedZone, checkZone, type ZoneFinding, type ZoneFindingCode } from "./check.ts";
export { keyTypes, madeTypes } from "./made-types.ts";
export { diffZones, isEmptyDiff, type ZoneDiff } from "./diff.ts";
export { isSameLabel, isSameName, NameWalk } from "./name-walk.ts";
export { PlainZones } from "./plain-zones.ts";
export {
  coordinatesOf,
  elsewhereSlot,
  FoundNetwork,
  noSlot,
  PolicyBoard,
  PolicyBoardWriter,
} from "./policies/board.ts";
export {
  encodePolicies,
  indexChoiceOctets,
  indexHeadOctets,
  type PoliciesPut,
  policiesType,
  policyKinds,
} from "./policies/choices.ts";
export { packedNetworkOctets } from "./policies/networks.ts";
export { applyObjects, type ObjectsChange } from "./policies/role-policies.ts";
export type { ImageReader } from "./image/image-reader.ts";
export { readImage, ZoneImage } from "./image/zone-image.ts";
export { type LoadedZone, RrsetList, type ZoneFeed, type ZoneLoad } from "./load.ts";
export { none, type RrsetReader, type ZoneReader, ZoneSearch } from "./reader.ts";
export { decodeZoneChange, encodeRrset } from "./role-objects.ts";
export {
  compareRrsets,
  groupRecords,
  hasSameRecords,
  type Rrset,
  rrsetKey,
  sortedCanonicalRdata,
  toRecords,
} from "./rrset.ts";
export { addToSerial, compareSerials, maxSerialStep, nextSerial } from "./serial.ts";
export {
  type MakeHash,
  type RunningHash,
  verifyZonemd,
  withZonemd,
  zoneDigest,
  type ZonemdVerdict,
  zonemdRrset,
} from "./zonemd.ts";
export { type DoneUpdate, type UpdateMark, UpdateMemory } from "./update-memory.ts";
export { decideUpdateOf, type UpdateOutcome, type UpdateScope, type UpdateView } from "./update.ts";
export { decodeJournalEvent, encodeJournalEvent, type JournalEvent } from "./journal-records.ts";
