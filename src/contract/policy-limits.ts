// Limits and words of routing policies, for who chooses by them and who writes them as well as for their schemas.

/** Most RRsets of one name and type. */
export const maxChoices = 100;
/** Most records of a multivalue answer. */
export const maxMultivalueRecords = 8;
/** Most networks of the table, and places that they lie at. */
export const maxNetworks = 100_000;
export const maxPlaces = 4096;
/** How an address can be looked at: by a request of HTTP, by one over TLS, or by a connection alone. */
export const checkSchemes = ["http", "https", "tcp"] as const;
