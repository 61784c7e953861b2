// Facts of container services: what each is, the versions that were deployed on it, and the nodes that these run on.

/** `container-service NAME`. */
export interface ContainerServiceFact {
  readonly name: string;
  /** Key of its address object. */
  readonly publicAddress: string;
  readonly createdAt: number;
}
