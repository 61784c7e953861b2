// Why a role could not start, where it knows: a file beside its socket, which the supervisor passes on to whoever
// starts the platform. A role that serves has none.

import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ErrorCode, RoleName } from "#contract";
import { errorTable, PlatformError } from "#contract/plain";
import { readJsonFile, replaceFile } from "#runtime";
import type { Layout } from "./layout.ts";

function pathOf(layout: Layout, role: RoleName): string {
  return join(layout.run, `${role}.failure`);
}

/** Writes down why a role could not start. */
export function tellFailure(layout: Layout, role: RoleName, { code, message }: PlatformError): void {
  replaceFile(pathOf(layout, role), JSON.stringify({ code, message }));
}

/** Forgets an earlier failure. */
export function clearFailure(layout: Layout, role: RoleName): void {
  rmSync(pathOf(layout, role), { force: true });
}

/** Why the role could not start when it last tried; undefined where it could, or did not know. */
export function readFailure(layout: Layout, role: RoleName): PlatformError | undefined {
  const { code, message } = (readJsonFile(pathOf(layout, role)) ?? {}) as { code?: string; message?: string };
  const isKnown = code !== undefined && code in errorTable && message !== undefined;
  return isKnown ? new PlatformError(code as ErrorCode, message) : undefined;
}
