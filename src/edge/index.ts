// edge
export type Nothing = never;
