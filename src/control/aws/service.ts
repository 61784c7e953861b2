// What a service of the AWS endpoint is made of: its model, its operations, and the words for its refusals. The endpoint (endpoint.ts) does
// what all have in common: whose request it is, what it holds, and how answers and refusals are written.

import type { OperationModel, PlatformError, ServiceModel } from "#contract";
import type { Principal } from "../access/principal.ts";
import type { ControlCore } from "../control.ts";
import type { AwsError } from "./aws-error.ts";

/** One request, once it is known whose it is. */
export interface AwsCall {
  readonly core: ControlCore;
  readonly principal: Principal;
  /** The region that the client signed for. */
  readonly region: string;
  readonly requestId: string;
}

/** What an operation takes and gives, in the types of its service's shapes. */
interface Shapes {
  readonly input: unknown;
  readonly output: unknown;
}

/** An operation that is built. */
export interface AwsOperation<O extends Shapes = Shapes> {
  /**
   * Who may: whoever reads; whoever reads, with what a key that is limited to zones may not see left out by the operation itself; whoever
   * gives commands, each of which is looked at again when it is given; anybody, where the operation looks at that by itself.
   */
  readonly access: "read" | "zone-read" | "write" | "any";
  /** Why this platform has nothing for it: `handle` refuses it with that, in an exception of its own. */
  readonly unbuilt?: string;
  /** @param input  held against its shape already */
  readonly handle: (input: O["input"], call: AwsCall) => O["output"] | Promise<O["output"]>;
}

/** The operations of a service that are built. */
export type AwsOperations<All> = {
  readonly [Name in keyof All]?: AwsOperation<Extract<All[Name], Shapes>>;
};

/** A service that is spoken to in AWS JSON 1.1. */
export interface AwsService {
  readonly model: ServiceModel;
  readonly operations: Readonly<Record<string, AwsOperation>>;
  /** Refuses what the model does not allow, and operations that are not built. */
  readonly refuseInput: (message: string) => AwsError;
  readonly refuseUnbuilt: (operation: string, model: OperationModel | undefined) => AwsError;
  /** A refusal of the platform's in this service's words. @param operation  undefined where none was found yet */
  readonly translate: (error: PlatformError, operation: OperationModel | undefined) => AwsError;
}

/** A service that is spoken to in AWS's query protocol: form in, XML out. */
export interface QueryService {
  /** The service's name in signatures. */
  readonly signingName: string;
  /** @returns the XML of the answer. Throws an AwsError or PlatformError. */
  readonly serve: (parameters: URLSearchParams, call: AwsCall) => string | Promise<string>;
  /** Writes a refusal; names of exceptions are JSON's, and its own may be others. */
  readonly refuse: (
    error: AwsError,
    requestId: string,
  ) => { readonly httpStatus: number; readonly body: string };
}

/** What a service's operations are kept as, whatever their types. */
export function operationsOf<All>(operations: AwsOperations<All>): AwsService["operations"] {
  return operations as unknown as AwsService["operations"];
}
