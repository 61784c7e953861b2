// All commands by name, in the order of `fairlead --help`. Names of two words belong to a group.

import type { Command } from "./command.ts";
import { domainDelete, domains, register, search } from "./command-domain.ts";
import { history, operation, undo } from "./command-history.ts";
import {
  assign,
  assignments,
  instanceCreate,
  instanceDelete,
  instanceList,
  instanceLogs,
  unassign,
} from "./command-instance.ts";
import {
  instanceLimit,
  instancePorts,
  instanceReboot,
  instanceShow,
  instanceStart,
  instanceStop,
} from "./command-instance-state.ts";
import { explain, status, trace } from "./command-platform.ts";
import {
  domainAuthCode,
  domainAutoRenew,
  domainContacts,
  domainLock,
  domainRenew,
  domainShow,
  domainStatus,
} from "./command-registration.ts";
import { exportZone, importZone, records, recordsDelete, recordsSet, zones } from "./command-records.ts";
import { down, up } from "./command-up.ts";
import { version } from "./command-version.ts";

/** Every command. */
export const commands: Readonly<Record<string, Command>> = {
  up,
  down,
  status,
  search,
  register,
  domains,
  "domain show": domainShow,
  "domain renew": domainRenew,
  "domain auto-renew": domainAutoRenew,
  "domain lock": domainLock,
  "domain status": domainStatus,
  "domain contacts": domainContacts,
  "domain auth-code": domainAuthCode,
  "domain delete": domainDelete,
  "instance create": instanceCreate,
  "instance list": instanceList,
  "instance show": instanceShow,
  "instance start": instanceStart,
  "instance stop": instanceStop,
  "instance reboot": instanceReboot,
  "instance limit": instanceLimit,
  "instance ports": instancePorts,
  "instance logs": instanceLogs,
  "instance delete": instanceDelete,
  assign,
  assignments,
  unassign,
  zones,
  records,
  "records set": recordsSet,
  "records delete": recordsDelete,
  import: importZone,
  export: exportZone,
  history,
  undo,
  operation,
  trace,
  explain,
  version,
};
