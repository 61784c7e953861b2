// Routes of load balancers and static IPs.

import {
  allocateStaticIpBody,
  attachCertificateBody,
  attachStaticIpBody,
  createLoadBalancerBody,
  instanceNamesBody,
  loadBalancer,
  loadBalancerList,
  loadBalancerSettings,
  PlatformError,
  staticIp,
  staticIpList,
} from "#contract";
import type { ControlCore } from "../control.ts";
import { viewLoadBalancer, viewStaticIp } from "../view-traffic.ts";
import { byName, declare, declareWrite, nothing, type Api } from "./routes.ts";

/** Declares the routes of load balancers and static IPs. */
export function declareTrafficRoutes(api: Api, core: ControlCore): void {
  declareLoadBalancers(api, core);
  declareStaticIps(api, core);
}

function declareLoadBalancers(api: Api, core: ControlCore): void {
  const { state } = core.views;
  const path = "/v1/load-balancers";
  declare(api, { method: "get", path, summary: "All load balancers", answer: loadBalancerList }, () => ({
    loadBalancers: byName(
      [...state.all("load-balancer").values()].map((held) => viewLoadBalancer(core.views, held)),
    ),
  }));
  declare(
    api,
    {
      method: "get",
      path: `${path}/{name}`,
      summary: "One load balancer, with the health of its instances",
      answer: loadBalancer,
    },
    ({ params }) => {
      const held = state.get("load-balancer", params["name"] ?? "");
      if (!held)
        throw new PlatformError(
          "resource-not-found",
          `Cannot find load balancer "${params["name"]}": there is none`,
        );
      return viewLoadBalancer(core.views, held);
    },
  );
  declareWrite(
    api,
    core,
    { method: "post", path, summary: "Create a load balancer", body: createLoadBalancerBody },
    ({ body }) => ({ action: "create-load-balancer", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: `${path}/{name}`,
      summary: "Change settings; what is absent stays",
      body: loadBalancerSettings,
    },
    ({ params, body }) => ({ action: "update-load-balancer", name: params["name"] ?? "", settings: body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: `${path}/{name}`, summary: "Delete a load balancer that no name leads to" },
    ({ params }) => ({ action: "delete-load-balancer", name: params["name"] ?? "" }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: `${path}/{name}/attach`,
      summary: "Attach running instances",
      body: instanceNamesBody,
    },
    ({ params, body }) => ({ action: "attach-instances", loadBalancer: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: `${path}/{name}/detach`,
      summary: "Detach instances, once their requests under way are finished",
      body: instanceNamesBody,
    },
    ({ params, body }) => ({ action: "detach-instances", loadBalancer: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: `${path}/{name}/certificates`,
      summary: "Attach a certificate; the first one opens HTTPS",
      body: attachCertificateBody,
    },
    ({ params, body }) => ({ action: "attach-certificate", loadBalancer: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: `${path}/{name}/certificates/{certificate}`, summary: "Detach a certificate" },
    ({ params }) => ({
      action: "detach-certificate",
      loadBalancer: params["name"] ?? "",
      certificate: params["certificate"] ?? "",
    }),
  );
}

function declareStaticIps(api: Api, core: ControlCore): void {
  const { state } = core.views;
  const path = "/v1/static-ips";
  declare(api, { method: "get", path, summary: "All static IPs", answer: staticIpList }, () => ({
    staticIps: byName([...state.all("static-ip").values()].map((held) => viewStaticIp(core.views, held))),
  }));
  declare(
    api,
    { method: "get", path: `${path}/{name}`, summary: "One static IP", answer: staticIp },
    ({ params }) => {
      const held = state.get("static-ip", params["name"] ?? "");
      if (!held)
        throw new PlatformError(
          "resource-not-found",
          `Cannot find static IP "${params["name"]}": there is none`,
        );
      return viewStaticIp(core.views, held);
    },
  );
  declareWrite(
    api,
    core,
    { method: "post", path, summary: "Allocate a static IP", body: allocateStaticIpBody },
    ({ body }) => ({ action: "allocate-static-ip", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: `${path}/{name}/attach`,
      summary: "Attach a static IP to an instance; one that is attached elsewhere moves",
      body: attachStaticIpBody,
    },
    ({ params, body }) => ({ action: "attach-static-ip", name: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: `${path}/{name}/detach`,
      summary: "Detach a static IP, which is kept",
      body: nothing,
    },
    ({ params }) => ({ action: "detach-static-ip", name: params["name"] ?? "" }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: `${path}/{name}`, summary: "Release a static IP that no name leads to" },
    ({ params }) => ({ action: "release-static-ip", name: params["name"] ?? "" }),
  );
}
