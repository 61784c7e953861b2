// What a scrape tells of each resource: the counts of the edge by name, and what each is.

/** Counts of a resource: the name as roles tell it, the family, and what it is. */
export const resourceFamilies: readonly (readonly [string, string])[] = [
  ["octets-from-clients", "Octets of requests"],
  ["content-octets-from-clients", "Octets of the content of requests"],
  ["octets-to-clients", "Octets of responses"],
  ["rejected-connections", "Connections that were too many"],
  ["tls-failures", "TLS handshakes that came to nothing"],
];

/** The same of a distribution. */
export const cacheFamilies: readonly (readonly [string, string])[] = [
  ["cache-hits", "Requests that the cache answered"],
  ["cache-misses", "Requests that went to the origin"],
  ["cache-hit-octets", "Octets of content from the cache"],
  ["cache-miss-octets", "Octets of content from the origin"],
];

/** Counts by class of status. */
export const classFamilies: readonly (readonly [string, string])[] = [
  ["responses", "Responses to visitors by class of status, whoever gave them"],
  ["own-answers", "Those that the edge gave by itself"],
  ["target-responses", "Responses of targets; 1xx: switched to another protocol"],
];
