// cli
export type Nothing = never;
