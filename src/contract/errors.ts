// The one table of the platform's own failures: code, kind, statuses, whether trying again helps, and what to do.
// docs/reference/errors.md is written from it, and a test holds the two and the codes thrown in src against each other.
// Malformed input and protocol outcomes are values, never these (see CONTRIBUTING.md, "Errors").

import type { FailureReport } from "./failure-report.ts";
import type { RrsetConflict } from "./record-commands.ts";

/** What sort of failure it is: the six of Lightsail's exceptions. The CLI's exit codes derive from it. */
export type ErrorKind =
  | "InvalidInput"
  | "NotFound"
  | "AccessDenied"
  | "Unauthenticated"
  | "OperationFailure"
  | "Service";

/** One row of the table. */
export interface ErrorRow {
  readonly kind: ErrorKind;
  /** HTTP status of the native API. */
  readonly httpStatus: number;
  /** EPP result code where the failure reaches an EPP client; 2400 where absent. @see RFC 5730 section 3 */
  readonly eppCode?: number;
  /** True where the same request can succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** What to do, in one sentence. */
  readonly help: string;
}

const table = {
  "name-malformed": {
    kind: "InvalidInput",
    httpStatus: 400,
    eppCode: 2005,
    retryable: false,
    help: "Give a domain name of labels of 1 to 63 octets, such as shop.test.",
  },
  "name-outside-zone": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Write the whole name, so that it ends with the zone's, or @ for the zone's own.",
  },
  "record-malformed": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Give the record's data in presentation format, as in the example of its type.",
  },
  "tsig-key-malformed": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Write keys as tsig-keygen does, or one a line as ALGORITHM:NAME:SECRET with the secret in base64.",
  },
  "image-full": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Serve fewer zones here, or the same on a machine with more memory.",
  },
  "record-conflict": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Use another name, or take away what stands there: `fairlead records delete`, `fairlead alias delete` for an alias, `fairlead unassign` for an assigned name.",
  },
  "platform-owned": {
    kind: "AccessDenied",
    httpStatus: 403,
    retryable: false,
    help: "Use a domain of your own: this one follows the platform's resources by itself.",
  },
  "alias-loop": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Let one of the names on the way lead elsewhere: the message spells them out.",
  },
  "origin-loop": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Let the distribution have an origin that does not lead back to it: the message spells out the way.",
  },
  "alias-target-unusable": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Name a resource, or a domain name that has addresses.",
  },
  "address-malformed": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Give an IPv4 address such as 192.0.2.1, an IPv6 address such as 2001:db8::1, and a port where one is asked for.",
  },
  "zone-file-malformed": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Mend the zone file at the line and column named; nothing was imported.",
  },
  "path-unusable": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Name a file or folder that is there, of the kind asked for, and that you may read.",
  },
  "input-malformed": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Give what the message asks for; the schemas of the API stand in /v1/openapi.json.",
  },
  "input-too-large": {
    kind: "InvalidInput",
    httpStatus: 413,
    retryable: false,
    help: "Send less at once: the limit stands in the message.",
  },
  "image-malformed": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Send an archive of one image for this machine: what `docker save IMAGE`, `podman save IMAGE` or `skopeo copy … oci-archive:FILE` writes.",
  },
  "tld-unknown": {
    kind: "InvalidInput",
    httpStatus: 400,
    eppCode: 2306,
    retryable: false,
    help: "Register under one of this platform's top-level domains; `fairlead status` lists them.",
  },
  "registry-policy": {
    kind: "InvalidInput",
    httpStatus: 400,
    eppCode: 2306,
    retryable: false,
    help: "Ask for what the registry's rules allow; the message says which one stands in the way.",
  },
  "status-prohibits": {
    kind: "OperationFailure",
    httpStatus: 409,
    eppCode: 2304,
    retryable: false,
    help: "Take the status away where it is yours, with `fairlead domain status NAME --remove STATUS`; `fairlead domain show NAME` explains each.",
  },
  "delegation-unsafe": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Mend the name servers that the message names and try again, or pass --force to delegate to them as they are.",
  },
  "renewal-refused": {
    kind: "OperationFailure",
    httpStatus: 409,
    eppCode: 2105,
    retryable: false,
    help: "Renew for fewer years, or later: a registration reaches ten years ahead at most.",
  },
  "contact-malformed": {
    kind: "InvalidInput",
    httpStatus: 400,
    eppCode: 2005,
    retryable: false,
    help: "Give what the message asks for; `fairlead domain contacts --help` shows the form.",
  },
  "domain-taken": {
    kind: "OperationFailure",
    httpStatus: 409,
    eppCode: 2302,
    retryable: false,
    help: "Choose another name: this one is registered already.",
  },
  "domain-not-found": {
    kind: "NotFound",
    httpStatus: 404,
    eppCode: 2303,
    retryable: false,
    help: "Register the domain first: `fairlead register NAME`.",
  },
  "zone-not-found": {
    kind: "NotFound",
    httpStatus: 404,
    retryable: false,
    help: "Register its domain first (`fairlead register NAME`), make a zone for one that is registered elsewhere (`fairlead zone create NAME`), or name a zone that exists: `fairlead zones` lists them.",
  },
  "record-not-found": {
    kind: "NotFound",
    httpStatus: 404,
    retryable: false,
    help: "Name a record that exists; `fairlead records ZONE` lists them.",
  },
  "resource-not-found": {
    kind: "NotFound",
    httpStatus: 404,
    retryable: false,
    help: "Name what exists: `fairlead instance list`, `static-ip list`, `load-balancer list`, `distribution list`, `container-service list` and `certificate list` list them, `fairlead assignments` the assigned names.",
  },
  "resource-exists": {
    kind: "OperationFailure",
    httpStatus: 409,
    eppCode: 2302,
    retryable: false,
    help: "Choose another name for the resource: this one is in use.",
  },
  "state-wrong": {
    kind: "OperationFailure",
    httpStatus: 409,
    eppCode: 2304,
    retryable: false,
    help: "Look at how it stands now, with `fairlead instance list` or the list of its kind, and choose another command.",
  },
  "port-unusable": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Give TCP ports such as 5432 or 3000-3010; 80 and 443 are web ports and always served by the edge.",
  },
  "resource-in-use": {
    kind: "OperationFailure",
    httpStatus: 409,
    eppCode: 2305,
    retryable: false,
    help: "Take away what still points to it first; the message names it.",
  },
  "assigned-already": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "There is nothing to do; `fairlead assign NAME OTHER` or `fairlead alias ZONE NAME OTHER` leads the name elsewhere.",
  },
  "change-not-found": {
    kind: "NotFound",
    httpStatus: 404,
    retryable: false,
    help: "Name a change that exists; `fairlead history` lists them.",
  },
  "change-conflict": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: true,
    help: "Something was changed since the plan was made: make the plan again.",
  },
  "undo-refused": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Undo or edit the later changes that the message names first.",
  },
  "addresses-exhausted": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Delete a resource that is no longer needed: the profile's addresses are all in use.",
  },
  "not-found": {
    kind: "NotFound",
    httpStatus: 404,
    retryable: false,
    help: "Name what exists: /v1/openapi.json lists the paths of the API, `fairlead history` the changes.",
  },
  "key-missing": {
    kind: "Unauthenticated",
    httpStatus: 401,
    retryable: false,
    help: "Send `Authorization: Bearer KEY`, or give the command line FAIRLEAD_KEY; `fairlead up` prints in which file the first key lies.",
  },
  "key-wrong": {
    kind: "Unauthenticated",
    httpStatus: 401,
    retryable: false,
    help: "Send a key of this platform; `fairlead up` prints in which file the first one lies.",
  },
  "signature-wrong": {
    kind: "Unauthenticated",
    httpStatus: 401,
    retryable: false,
    help: "Sign with Signature Version 4: the fields Host and X-Amz-Date among the signed ones, a clock that is right to five minutes, and service fairlead, lightsail, route53domains or sts.",
  },
  "sign-in-refused": {
    kind: "Unauthenticated",
    httpStatus: 401,
    retryable: false,
    help: "Give e-mail address, password and, where the account has a second factor, a new code; an owner can make a link for a new password: `fairlead user reset EMAIL`.",
  },
  "too-many-attempts": {
    kind: "AccessDenied",
    httpStatus: 429,
    retryable: true,
    help: "Wait a quarter of an hour, then try again.",
  },
  "too-many-listeners": {
    kind: "OperationFailure",
    httpStatus: 429,
    retryable: true,
    help: "Close a page or program that watches live figures, and look again.",
  },
  "password-weak": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Choose a password of at least 12 characters: a few words that have nothing to do with each other are good.",
  },
  "link-invalid": {
    kind: "NotFound",
    httpStatus: 404,
    retryable: false,
    help: "Ask for a new link: `fairlead setup` makes one for the first owner, `fairlead user invite EMAIL` one for a user. Each is good once, and for a limited time.",
  },
  "access-denied": {
    kind: "AccessDenied",
    httpStatus: 403,
    retryable: false,
    help: "Ask an owner for a role or key that may do this; `fairlead whoami` shows what yours may.",
  },
  "last-owner": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Make another user an owner first: `fairlead user role EMAIL owner`.",
  },
  "host-refused": {
    kind: "AccessDenied",
    httpStatus: 403,
    retryable: false,
    help: "Reach the API under its own address: a request with another Host or Origin may come from a foreign web page.",
  },
  "port-in-use": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Stop the program that holds the port, or start on other ports: `npm start -- --port-offset 10000`.",
  },
  "port-not-permitted": {
    kind: "AccessDenied",
    httpStatus: 403,
    retryable: false,
    help: "Use a port from 1024 on, or give the program the right to bind lower ones (CAP_NET_BIND_SERVICE).",
  },
  "address-unavailable": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Give an address that this machine has.",
  },
  "already-running": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Stop it with Ctrl-C where it runs or with `fairlead down`, or start another one beside it: --data, --network and --port-offset.",
  },
  "data-newer": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "The data folder was written by a newer version: start that version, or give another --data.",
  },
  "data-damaged": {
    kind: "Service",
    httpStatus: 500,
    retryable: false,
    help: "Restore the data folder from a backup; what could not be read is named in the message.",
  },
  "data-key-missing": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Put the data key back where the message says, or name it with FAIRLEAD_MASTER_KEY_FILE: without it the secrets in the data folder cannot be opened, and no new key is made.",
  },
  "data-key-wrong": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Give the data key that the platform was first started with: FAIRLEAD_MASTER_KEY_FILE, FAIRLEAD_PASSPHRASE, a systemd credential or the key file must be the same.",
  },
  "secret-unreadable": {
    kind: "Service",
    httpStatus: 500,
    retryable: false,
    help: "Restore the data folder together with its data key; what the secret was for can also be made anew.",
  },
  "disk-full": {
    kind: "Service",
    httpStatus: 507,
    retryable: true,
    help: "Make room on the disk of the data folder, then try again: nothing was changed.",
  },
  "platform-unreachable": {
    kind: "Service",
    httpStatus: 503,
    retryable: true,
    help: "Start the platform with `npm start` or `fairlead up`, or name its API with --api.",
  },
  "role-unreachable": {
    kind: "Service",
    httpStatus: 503,
    eppCode: 2400,
    retryable: true,
    help: "The role named is restarting: try again in a few seconds.",
  },
  "health-check-failed": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "The instance is attached and gets its share of requests once its health check succeeds: mend what it answers there, or `fairlead load-balancer set NAME --health-path PATH`.",
  },
  "instance-failed": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Read the instance's log: `fairlead instance logs NAME`.",
  },
  "deployment-failed": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "What served before serves on: see `fairlead container-service logs`, mend the image, command or health check, and deploy again.",
  },
  "certificate-malformed": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Give the certificate with its chain and its own private key, both as PEM; the message says what is wrong with them.",
  },
  "certificate-refused": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Ask for what can be issued: the message says what stands against this.",
  },
  "issuer-missing": {
    kind: "OperationFailure",
    httpStatus: 409,
    retryable: false,
    help: "Public names need a public authority: `fairlead issuer set URL --email ADDRESS --agree`.",
  },
  "issuer-failed": {
    kind: "Service",
    httpStatus: 502,
    retryable: true,
    help: "Do what the certificate authority's own words ask for; it is asked again by itself, at longer and longer intervals.",
  },
  "profile-unsupported": {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "Use --profile local.",
  },
  usage: {
    kind: "InvalidInput",
    httpStatus: 400,
    retryable: false,
    help: "See `fairlead --help`, or `fairlead COMMAND --help`.",
  },
  internal: {
    kind: "Service",
    httpStatus: 500,
    eppCode: 2400,
    retryable: true,
    help: "This is a fault of Fairlead: report it with the log of the role named.",
  },
} as const satisfies Record<string, ErrorRow>;

/** A code of the table. */
export type ErrorCode = keyof typeof table;

/** All rows, by code. */
export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = table;

/** What a refusal says for programs: the same as its message, in parts. */
export interface ErrorDetail {
  /** RRsets that are others than was known, with both sides: the first 100. */
  readonly conflicts?: RrsetConflict[];
  /** How many there are beyond those. */
  readonly moreConflicts?: number;
  /** Everything that stands in the way of an undo, each as a sentence: the first 100. */
  readonly reasons?: string[];
}

/**
 * A failure of the platform's own, with its code from the table.
 *
 * The message is action, quoted value, colon, state: `Cannot register "shop.test": it is registered already`.
 */
export class PlatformError extends Error {
  readonly code: ErrorCode;
  /** What is to be told beside message and row: evidence, a repair that can be planned, when it heals by itself. */
  readonly report: Partial<FailureReport> | undefined;
  /** What programs read beside the message. */
  readonly detail: ErrorDetail;

  constructor(
    code: ErrorCode,
    message: string,
    options?: { cause?: unknown; report?: Partial<FailureReport>; detail?: ErrorDetail },
  ) {
    super(message, options);
    this.name = "PlatformError";
    this.code = code;
    this.report = options?.report;
    this.detail = options?.detail ?? {};
  }

  /** The code's row of the table. */
  get row(): ErrorRow {
    return errorTable[this.code];
  }
}
