// reactor
export type Nothing = never;
