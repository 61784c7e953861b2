// registry
export type Nothing = never;
