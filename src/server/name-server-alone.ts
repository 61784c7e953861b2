// What a name server that stands alone is made of: the part of this layer that is up without supervisor, control and the other roles, which take
// longer to load than a million records.

export { startNameServer } from "./name-server.ts";
export type { RunningNameServer, ServedCatalog, ServedZone, ServedZones } from "./served-zones.ts";
export { usableCertificate } from "./service-tls.ts";
export type { ServedTls } from "./standalone-tls.ts";
export { nothingWatched, usuallyWatched } from "./watch-plan.ts";
export { withZoneFile } from "./zone-file-source.ts";
