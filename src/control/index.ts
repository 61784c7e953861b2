// control
export type Nothing = never;
