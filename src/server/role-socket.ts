// A role's own UNIX socket, `ROLE.role`: says which process the role is and how it does, and takes the order to stop.
// The supervisor finds living roles by it, and `fairlead status` asks it. One JSON document a line; `describe` is
// answered with a description, `stop` with nothing.

import { connect } from "node:net";
import { z } from "zod";
import { roleName, type RoleName } from "#contract";
import { messagesOn } from "./json-lines.ts";
import { serveUnix, type UnixServer } from "./unix-server.ts";

/** The version of the messages on this socket. A role that speaks another one is replaced, not adopted. */
export const roleSocketVersion = 1;

const maxMessageOctets = 64 << 10;

/** What a role says of itself. */
export interface RoleDescription {
  readonly version: typeof roleSocketVersion;
  readonly role: RoleName;
  readonly pid: number;
  /** When the process started (src/runtime, process-identity.ts). */
  readonly start: string;
  /** Digest of what the role was started with. */
  readonly configuration: string;
  /** True once it serves. */
  readonly isReady: boolean;
  /** True while it holds what control last told it; of control itself: once it can be told. */
  readonly isSynced: boolean;
  /** The revision it holds. */
  readonly revision: number;
}

const roleDescription = z.strictObject({
  version: z.literal(roleSocketVersion),
  role: roleName,
  pid: z.int(),
  start: z.string(),
  configuration: z.string(),
  isReady: z.boolean(),
  isSynced: z.boolean(),
  revision: z.int(),
}) satisfies z.ZodType<RoleDescription>;

const order = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("describe") }),
  z.strictObject({ type: z.literal("stop"), instances: z.enum(["stop", "leave"]) }),
]);

/** Serves a role's own socket, in place of one that an earlier process left there. */
export function serveRoleSocket(
  path: string,
  describe: () => RoleDescription,
  stop: (instances: "stop" | "leave") => void,
): Promise<UnixServer> {
  return serveUnix(path, (socket) => {
    const connection = messagesOn(socket, maxMessageOctets, {
      message: (value) => {
        const taken = order.parse(value);
        if (taken.type === "stop") stop(taken.instances);
        else connection.send(describe());
      },
      closed: () => {},
    });
  });
}

/** A connection to a role's own socket. */
export interface RoleSocket {
  /** Asks for a new description; undefined where the role is gone or does not answer in time. */
  describe(timeoutMs: number): Promise<RoleDescription | undefined>;
  stop(instances: "stop" | "leave"): void;
  /** Settles when the connection is gone: the role is, or was told to go. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Connects to a role's own socket. Undefined where nobody listens there. */
export function connectRole(path: string): Promise<RoleSocket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let answered: ((description: RoleDescription | undefined) => void) | undefined;
    const closed = Promise.withResolvers<void>();
    const connection = messagesOn(socket, maxMessageOctets, {
      message: (value) => answered?.(roleDescription.parse(value)),
      closed: () => {
        answered?.(undefined);
        closed.resolve();
        resolve(undefined);
      },
    });
    const link: RoleSocket = {
      describe: (timeoutMs) =>
        new Promise((settle) => {
          const timer = setTimeout(() => settle(undefined), timeoutMs);
          answered = (description) => {
            clearTimeout(timer);
            settle(description);
          };
          if (socket.destroyed) answered(undefined);
          else connection.send({ type: "describe" });
        }),
      stop: (instances) => connection.send({ type: "stop", instances }),
      closed: closed.promise,
      close: () => connection.destroy(),
    };
    socket.once("connect", () => resolve(link));
  });
}

/** Asks the role behind a socket once who it is. Undefined where no role of this version answers in time. */
export async function askRole(path: string, timeoutMs: number): Promise<RoleDescription | undefined> {
  const link = await connectRole(path);
  const description = await link?.describe(timeoutMs);
  link?.close();
  return description;
}
