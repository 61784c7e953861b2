// answer
export type Nothing = never;
