// http
export type Nothing = never;
