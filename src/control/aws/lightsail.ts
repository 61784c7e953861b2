// The Lightsail API: its operations, put together, and its exceptions. What an operation does stands in the file of its kind of resource.

import type { LightsailOperations, OperationModel, PlatformError } from "#contract";
import { lightsailModel } from "#contract/aws";
import { AwsError } from "./aws-error.ts";
import {
  createDomain,
  createDomainEntry,
  deleteDomain,
  deleteDomainEntry,
  getDomain,
  getDomains,
  updateDomainEntry,
} from "./domains.ts";
import { getOperation, getOperations, getOperationsForResource } from "./operations.ts";
import { createCertificate, deleteCertificate, getCertificates } from "./certificates.ts";
import {
  attachLoadBalancerTlsCertificate,
  createLoadBalancerTlsCertificate,
  deleteLoadBalancerTlsCertificate,
  getLoadBalancerTlsCertificates,
} from "./load-balancer-certificates.ts";
import { getBlueprints, getBundles } from "./blueprints.ts";
import {
  createContainerService,
  createContainerServiceDeployment,
  createRegistryLogin,
  deleteContainerImage,
  deleteContainerService,
  getContainerApiMetadata,
  getContainerImages,
  getContainerLog,
  getContainerServiceDeployments,
  getContainerServicePowers,
  getContainerServices,
  registerContainerImage,
  updateContainerService,
} from "./container-services.ts";
import {
  attachCertificateToDistribution,
  createDistribution,
  deleteDistribution,
  detachCertificateFromDistribution,
  getDistributionBundles,
  getDistributionLatestCacheReset,
  getDistributions,
  resetDistributionCache,
  updateDistribution,
  updateDistributionBundle,
} from "./distributions.ts";
import { closePorts, getPortStates, openPorts, putPorts } from "./instance-ports.ts";
import {
  createInstances,
  deleteInstance,
  disableAddOn,
  enableAddOn,
  getInstance,
  getInstanceAccessDetails,
  getInstances,
  getInstanceState,
  getSetupHistory,
  rebootInstance,
  setIpAddressType,
  setupInstanceHttps,
  startInstance,
  stopInstance,
  updateInstanceMetadataOptions,
} from "./instances.ts";
import {
  attachInstances,
  createLoadBalancer,
  deleteLoadBalancer,
  detachInstances,
  getLoadBalancer,
  getLoadBalancers,
  getLoadBalancerTlsPolicies,
  updateLoadBalancerAttribute,
} from "./load-balancers.ts";
import {
  deleteAlarm,
  deleteContactMethod,
  getAlarms,
  getContactMethods,
  noMessages,
  putAlarm,
  refuseContactMethod,
  testAlarm,
} from "./alarms.ts";
import {
  getContainerServiceMetricData,
  getDistributionMetricData,
  getInstanceMetricData,
  getLoadBalancerMetricData,
} from "./metrics.ts";
import { getActiveNames, getRegions } from "./regions.ts";
import {
  allocateStaticIp,
  attachStaticIp,
  detachStaticIp,
  getStaticIp,
  getStaticIps,
  releaseStaticIp,
} from "./static-ips.ts";
import { tagResource, untagResource } from "./tags.ts";
import { operationsOf, type AwsOperations, type AwsService } from "./service.ts";

/** The operations that are built. */
const operations: AwsOperations<LightsailOperations> = {
  CreateDomain: { access: "write", handle: createDomain },
  DeleteDomain: { access: "write", handle: deleteDomain },
  GetDomain: { access: "zone-read", handle: getDomain },
  GetDomains: { access: "zone-read", handle: getDomains },
  CreateDomainEntry: { access: "write", handle: createDomainEntry },
  UpdateDomainEntry: { access: "write", handle: updateDomainEntry },
  DeleteDomainEntry: { access: "write", handle: deleteDomainEntry },
  AllocateStaticIp: { access: "write", handle: allocateStaticIp },
  AttachStaticIp: { access: "write", handle: attachStaticIp },
  DetachStaticIp: { access: "write", handle: detachStaticIp },
  ReleaseStaticIp: { access: "write", handle: releaseStaticIp },
  GetStaticIp: { access: "read", handle: getStaticIp },
  GetStaticIps: { access: "read", handle: getStaticIps },
  CreateDistribution: { access: "write", handle: createDistribution },
  UpdateDistribution: { access: "write", handle: updateDistribution },
  DeleteDistribution: { access: "write", handle: deleteDistribution },
  GetDistributions: { access: "read", handle: getDistributions },
  GetDistributionBundles: { access: "read", handle: getDistributionBundles },
  UpdateDistributionBundle: { access: "write", handle: updateDistributionBundle },
  ResetDistributionCache: { access: "write", handle: resetDistributionCache },
  GetDistributionLatestCacheReset: { access: "read", handle: getDistributionLatestCacheReset },
  AttachCertificateToDistribution: { access: "write", handle: attachCertificateToDistribution },
  DetachCertificateFromDistribution: { access: "write", handle: detachCertificateFromDistribution },
  CreateContainerService: { access: "write", handle: createContainerService },
  UpdateContainerService: { access: "write", handle: updateContainerService },
  DeleteContainerService: { access: "write", handle: deleteContainerService },
  GetContainerServices: { access: "read", handle: getContainerServices },
  CreateContainerServiceDeployment: { access: "write", handle: createContainerServiceDeployment },
  GetContainerServiceDeployments: { access: "read", handle: getContainerServiceDeployments },
  GetContainerLog: { access: "read", handle: getContainerLog },
  GetContainerServicePowers: { access: "read", handle: getContainerServicePowers },
  GetContainerAPIMetadata: { access: "read", handle: getContainerApiMetadata },
  GetContainerImages: { access: "read", handle: getContainerImages },
  RegisterContainerImage: { access: "write", handle: registerContainerImage },
  DeleteContainerImage: { access: "write", handle: deleteContainerImage },
  CreateContainerServiceRegistryLogin: {
    access: "write",
    unbuilt: "images are pushed with `fairlead push-image`, and there is no registry",
    handle: createRegistryLogin,
  },
  TagResource: { access: "write", handle: tagResource },
  UntagResource: { access: "write", handle: untagResource },
  CreateInstances: { access: "write", handle: createInstances },
  GetInstance: { access: "read", handle: getInstance },
  GetInstances: { access: "read", handle: getInstances },
  GetInstanceState: { access: "read", handle: getInstanceState },
  DeleteInstance: { access: "write", handle: deleteInstance },
  StartInstance: { access: "write", handle: startInstance },
  StopInstance: { access: "write", handle: stopInstance },
  RebootInstance: { access: "write", handle: rebootInstance },
  OpenInstancePublicPorts: { access: "write", handle: openPorts },
  PutInstancePublicPorts: { access: "write", handle: putPorts },
  CloseInstancePublicPorts: { access: "write", handle: closePorts },
  GetInstancePortStates: { access: "read", handle: getPortStates },
  GetInstanceAccessDetails: {
    access: "write",
    unbuilt: "an instance is a process, which nobody signs in to",
    handle: getInstanceAccessDetails,
  },
  UpdateInstanceMetadataOptions: { access: "write", handle: updateInstanceMetadataOptions },
  EnableAddOn: { access: "write", unbuilt: "there are no snapshots and no idle stops", handle: enableAddOn },
  DisableAddOn: {
    access: "write",
    unbuilt: "there are no snapshots and no idle stops",
    handle: disableAddOn,
  },
  SetupInstanceHttps: {
    access: "write",
    unbuilt: "the edge serves an instance by HTTPS as soon as a name that leads to it has a certificate",
    handle: setupInstanceHttps,
  },
  SetIpAddressType: { access: "write", handle: setIpAddressType },
  GetSetupHistory: { access: "read", handle: getSetupHistory },
  GetBlueprints: { access: "read", handle: getBlueprints },
  GetBundles: { access: "read", handle: getBundles },
  CreateLoadBalancer: { access: "write", handle: createLoadBalancer },
  DeleteLoadBalancer: { access: "write", handle: deleteLoadBalancer },
  GetLoadBalancer: { access: "read", handle: getLoadBalancer },
  GetLoadBalancers: { access: "read", handle: getLoadBalancers },
  AttachInstancesToLoadBalancer: { access: "write", handle: attachInstances },
  DetachInstancesFromLoadBalancer: { access: "write", handle: detachInstances },
  UpdateLoadBalancerAttribute: { access: "write", handle: updateLoadBalancerAttribute },
  CreateLoadBalancerTlsCertificate: { access: "write", handle: createLoadBalancerTlsCertificate },
  DeleteLoadBalancerTlsCertificate: { access: "write", handle: deleteLoadBalancerTlsCertificate },
  AttachLoadBalancerTlsCertificate: { access: "write", handle: attachLoadBalancerTlsCertificate },
  GetLoadBalancerTlsCertificates: { access: "read", handle: getLoadBalancerTlsCertificates },
  GetLoadBalancerTlsPolicies: { access: "read", handle: getLoadBalancerTlsPolicies },
  CreateCertificate: { access: "write", handle: createCertificate },
  DeleteCertificate: { access: "write", handle: deleteCertificate },
  GetCertificates: { access: "read", handle: getCertificates },
  GetInstanceMetricData: { access: "read", handle: getInstanceMetricData },
  GetLoadBalancerMetricData: { access: "read", handle: getLoadBalancerMetricData },
  GetDistributionMetricData: { access: "read", handle: getDistributionMetricData },
  GetContainerServiceMetricData: { access: "read", handle: getContainerServiceMetricData },
  PutAlarm: { access: "write", handle: putAlarm },
  GetAlarms: { access: "read", handle: getAlarms },
  DeleteAlarm: { access: "write", handle: deleteAlarm },
  TestAlarm: { access: "write", handle: testAlarm },
  GetContactMethods: { access: "read", handle: getContactMethods },
  DeleteContactMethod: { access: "write", unbuilt: noMessages, handle: deleteContactMethod },
  CreateContactMethod: { access: "write", unbuilt: noMessages, handle: refuseContactMethod },
  SendContactMethodVerification: { access: "write", unbuilt: noMessages, handle: refuseContactMethod },
  GetRegions: { access: "read", handle: getRegions },
  GetActiveNames: { access: "read", handle: getActiveNames },
  GetOperation: { access: "any", handle: getOperation },
  GetOperations: { access: "read", handle: getOperations },
  GetOperationsForResource: { access: "read", handle: getOperationsForResource },
};

/** Exceptions by the kind of the platform's error. */
const exceptions: Readonly<Record<PlatformError["row"]["kind"], string>> = {
  InvalidInput: "InvalidInputException",
  NotFound: "NotFoundException",
  AccessDenied: "AccessDeniedException",
  Unauthenticated: "UnauthenticatedException",
  OperationFailure: "OperationFailureException",
  Service: "ServiceException",
};

/** Lightsail. */
export const lightsail: AwsService = {
  model: lightsailModel,
  operations: operationsOf(operations),
  refuseInput: (message) => new AwsError("InvalidInputException", message, { code: "InvalidParameter" }),
  refuseUnbuilt: (operation, model) =>
    new AwsError(
      known("OperationFailureException", model),
      `Cannot serve ${operation}: this platform has nothing that it stands for`,
      { code: "UnsupportedOperation", docs: "docs/reference/aws-api.md" },
    ),
  translate,
};

/** Lightsail's own code where it has one that clients look for. */
const codes: Readonly<Record<string, string>> = {
  NotFoundException: "DoesNotExist",
};

function translate(error: PlatformError, operation: OperationModel | undefined): AwsError {
  const { row, code, message } = error;
  const docs = `docs/reference/errors.md#${code}`;
  if (code === "resource-exists") {
    const name = /"([^"]*)"/.exec(message)?.[1] ?? "";
    return new AwsError("InvalidInputException", `Some names are already in use: ${name}`, {
      code: "InvalidParameter",
      docs,
      tip: row.help,
    });
  }
  const type = known(exceptions[row.kind], operation);
  return new AwsError(
    type,
    message,
    {
      code: codes[type] ?? code,
      docs,
      tip: row.help,
      httpStatus: row.kind === "Service" ? 500 : 400,
    },
    { cause: error },
  );
}

/** An exception that clients of an operation know: not all know that an operation fails, nor that something is not there. */
function known(type: string, operation: OperationModel | undefined): string {
  return operation && !operation.errors.includes(type) ? "InvalidInputException" : type;
}
