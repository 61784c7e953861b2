// All commands by name, in the order of `fairlead --help`. Names of two words belong to a group.

import type { Command } from "./command.ts";
import { alias, aliasDelete, aliases } from "./command-alias.ts";
import {
  certificateCreate,
  certificateDelete,
  certificateImport,
  certificateList,
  certificateRenew,
  certificateShow,
  issuerDelete,
  issuerSet,
  issuerShow,
} from "./command-certificate.ts";
import { domainNameServers, zoneCreate, zoneDelete } from "./command-delegation.ts";
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
import {
  loadBalancerAttach,
  loadBalancerCertificate,
  loadBalancerCreate,
  loadBalancerDelete,
  loadBalancerDetach,
  loadBalancerList,
  loadBalancerSet,
  loadBalancerShow,
} from "./command-load-balancer.ts";
import { keyCreate, keyDelete, keyList, whoami } from "./command-key.ts";
import { metrics } from "./command-metrics.ts";
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
import {
  exportZone,
  importZone,
  records,
  recordsAdd,
  recordsChange,
  recordsDelete,
  recordsSet,
  recordsTtl,
  zones,
} from "./command-records.ts";
import {
  staticIpAllocate,
  staticIpAttach,
  staticIpDetach,
  staticIpList,
  staticIpRelease,
} from "./command-static-ip.ts";
import { trustExport, trustInstall, trustShow, trustUninstall } from "./command-trust.ts";
import { down, up } from "./command-up.ts";
import {
  setup,
  userDisable,
  userEnable,
  userInvite,
  userList,
  userRemove,
  userReset,
  userRole,
} from "./command-user.ts";
import { zoneCheck, zoneDiff, zoneFormat } from "./command-zone-file.ts";
import { zoneSign } from "./command-zone-sign.ts";
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
  "domain name-servers": domainNameServers,
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
  "static-ip allocate": staticIpAllocate,
  "static-ip list": staticIpList,
  "static-ip attach": staticIpAttach,
  "static-ip detach": staticIpDetach,
  "static-ip release": staticIpRelease,
  "load-balancer create": loadBalancerCreate,
  "load-balancer list": loadBalancerList,
  "load-balancer show": loadBalancerShow,
  "load-balancer attach": loadBalancerAttach,
  "load-balancer detach": loadBalancerDetach,
  "load-balancer set": loadBalancerSet,
  "load-balancer certificate": loadBalancerCertificate,
  "load-balancer delete": loadBalancerDelete,
  assign,
  assignments,
  unassign,
  "certificate create": certificateCreate,
  "certificate list": certificateList,
  "certificate show": certificateShow,
  "certificate import": certificateImport,
  "certificate renew": certificateRenew,
  "certificate delete": certificateDelete,
  "issuer set": issuerSet,
  "issuer show": issuerShow,
  "issuer delete": issuerDelete,
  "trust install": trustInstall,
  "trust uninstall": trustUninstall,
  "trust show": trustShow,
  "trust export": trustExport,
  alias,
  "alias delete": aliasDelete,
  aliases,
  zones,
  "zone create": zoneCreate,
  "zone delete": zoneDelete,
  "zone check": zoneCheck,
  "zone format": zoneFormat,
  "zone diff": zoneDiff,
  "zone sign": zoneSign,
  records,
  "records set": recordsSet,
  "records add": recordsAdd,
  "records change": recordsChange,
  "records ttl": recordsTtl,
  "records delete": recordsDelete,
  import: importZone,
  export: exportZone,
  history,
  undo,
  operation,
  setup,
  "user list": userList,
  "user invite": userInvite,
  "user role": userRole,
  "user disable": userDisable,
  "user enable": userEnable,
  "user reset": userReset,
  "user remove": userRemove,
  whoami,
  "key create": keyCreate,
  "key list": keyList,
  "key delete": keyDelete,
  trace,
  metrics,
  explain,
  version,
};

/** Shorter words for the first word of a command. */
export const shortWords: Readonly<Record<string, string>> = { lb: "load-balancer" };
