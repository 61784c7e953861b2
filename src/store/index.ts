// store
export type Nothing = never;
