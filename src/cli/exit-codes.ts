// Exit codes of the command line: one a kind of error, so that scripts can tell them apart.

import type { ErrorKind } from "#contract";

/** Exit code of each kind of failure. 0 is success, 1 a fault of the command line itself. */
export const exitCodes: Readonly<Record<ErrorKind, number>> = {
  InvalidInput: 2,
  NotFound: 3,
  AccessDenied: 4,
  Unauthenticated: 5,
  OperationFailure: 6,
  Service: 7,
};
