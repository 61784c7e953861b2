// runtime
export type Nothing = never;
