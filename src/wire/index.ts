// wire
export type Nothing = never;
