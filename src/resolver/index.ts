// resolver
export type Nothing = never;
