// server
export type Nothing = never;
