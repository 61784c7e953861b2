// zone
export type Nothing = never;
