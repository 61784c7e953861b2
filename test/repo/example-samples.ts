// A command of every action, several where there are several forms, for the test of their examples. Their texts have what a shell, an option
// or a list with commas would trip over.

import type { Command } from "#contract";

/** A command, and what is to become of it. */
export interface Sample {
  readonly command: Command;
  /** How many lines of `fairlead`; 0 where there is none. 1 where absent. */
  readonly cli?: number;
  /** How many calls of the AWS CLI; 0 where there is none. 1 where absent. */
  readonly aws?: number;
  /** `model`: the platform's endpoint refuses it before it makes a command of it, or makes one that only does the same. */
  readonly readBack?: "model";
}

const contact = {
  name: "Ada King d'Lovelace",
  familyName: "d'Lovelace",
  street: ["12 St James' Square"],
  city: "London",
  countryCode: "GB",
  phone: "+44.2070000000",
  email: "ada@example.org",
};
const contacts = { registrant: contact, admin: contact, tech: contact };
const launch = {
  kind: "launch",
  blueprintId: "ubuntu_24_04",
  bundleId: "nano_3_0",
  script: "echo 'it''s' $HOME\nexit 0\n",
} as const;
const deployment = {
  containers: { web: { image: "nginx:1.28", ports: { "80": "HTTP" } } },
  publicEndpoint: { containerName: "web", containerPort: 80 },
} as const;
const key = "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";

/** Folder that instances and deployments of samples name: it has to be there. */
export const sampleFolder = "/tmp";

const names: Sample[] = [
  { command: { action: "register", name: "mine.test", years: 2, autoRenew: false, lock: true }, aws: 0 },
  {
    command: {
      action: "register",
      name: "mine.test",
      lock: true,
      contacts,
      privacy: { registrant: true, admin: true, tech: true },
    },
  },
  {
    command: { action: "register", name: "mine.test", contacts: { ...contacts, billing: null } },
    aws: 2,
    readBack: "model",
  },
  { command: { action: "register", name: "mine.test", contacts, privacy: { tech: false } }, cli: 0, aws: 2 },
  { command: { action: "renew-domain", name: "shop.test", years: 3 }, aws: 0 },
  { command: { action: "renew-domain", name: "shop.test", years: 3, currentExpiry: "2028-01-15" } },
  {
    command: {
      action: "set-domain",
      name: "shop.test",
      autoRenew: false,
      lock: true,
      contacts: { tech: contact },
      privacy: { tech: false },
    },
    cli: 3,
    aws: 4,
  },
  {
    command: {
      action: "set-domain",
      name: "shop.test",
      addStatuses: ["clientHold"],
      removeStatuses: ["clientDeleteProhibited"],
    },
    aws: 0,
  },
  { command: { action: "set-domain", name: "shop.test", contacts: { billing: null } }, aws: 0 },
  { command: { action: "set-domain", name: "shop.test", privacy: { admin: true, tech: false } }, cli: 0 },
  { command: { action: "set-name-servers", name: "shop.test" }, aws: 0 },
  { command: { action: "set-name-servers", name: "shop.test", force: true }, aws: 0 },
  {
    command: {
      action: "set-name-servers",
      name: "shop.test",
      nameServers: [
        { name: "ns1.shop.test", addresses: ["192.0.2.1", "2001:db8::1"] },
        { name: "ns.example.org" },
      ],
    },
  },
  {
    command: {
      action: "add-delegation-signer",
      name: "shop.test",
      flags: 257,
      algorithm: 13,
      publicKey: key,
    },
  },
  {
    command: {
      action: "add-delegation-signer",
      name: "shop.test",
      flags: 256,
      algorithm: 13,
      publicKey: key,
      force: true,
    },
    aws: 0,
  },
  { command: { action: "remove-delegation-signer", name: "shop.test", id: "55648-b4c8c1fe2e747712" } },
  { command: { action: "delete-domain", name: "shop.test" } },
  { command: { action: "set-zone-signing", zone: "shop.test", signing: "nsec3" }, aws: 0 },
  { command: { action: "set-zone-signing", zone: "shop.test", signing: "off" }, aws: 0 },
  { command: { action: "roll-zone-key", zone: "shop.test", role: "ksk" }, aws: 0 },
  { command: { action: "create-zone", name: "mine.example" } },
  { command: { action: "delete-zone", name: "shop.test", withDelegation: true } },
  { command: { action: "delete-zone", name: "mine.example" }, readBack: "model" },
  {
    command: {
      action: "put-rrset",
      zone: "shop.test",
      name: "*",
      type: "TXT",
      ttl: 300,
      records: ['"it\'s $5; a \\"b\\""', '"-x"'],
    },
    aws: 0,
  },
  {
    command: {
      action: "put-rrset",
      zone: "shop.test",
      name: "-dash",
      type: "A",
      records: ["192.0.2.1", "192.0.2.2"],
    },
    aws: 0,
  },
  {
    command: {
      action: "put-rrset",
      zone: "shop.test",
      name: "x",
      type: "A",
      setIdentifier: "eu",
      records: ["192.0.2.1"],
    },
    aws: 0,
  },
  {
    command: {
      action: "put-rrset",
      zone: "shop.test",
      name: "x",
      type: "A",
      setIdentifier: "eu",
      policy: { kind: "weighted", weight: 7 },
      health: {
        kind: "check",
        url: "http://192.0.2.1:8080/health",
        intervalMs: 1500,
        timeoutMs: 1000,
        threshold: 2,
      },
      records: ["192.0.2.1"],
    },
    aws: 0,
  },
  {
    command: {
      action: "put-rrset",
      zone: "shop.test",
      name: "x",
      type: "A",
      setIdentifier: "eu",
      policy: { kind: "weighted", weight: 7 },
      health: {
        kind: "check",
        url: "https://192.0.2.1/health",
        host: "www.shop.test",
        serverName: "shop.test",
        verifyCertificate: true,
      },
      records: ["192.0.2.1"],
    },
    aws: 0,
  },
  {
    command: {
      action: "put-rrset",
      zone: "shop.test",
      name: "x",
      type: "A",
      setIdentifier: "first",
      policy: { kind: "failover", role: "primary" },
      health: { kind: "resource", resource: "my web" },
      records: ["192.0.2.1"],
    },
    aws: 0,
  },
  {
    command: {
      action: "put-rrset",
      zone: "shop.test",
      name: "x",
      type: "A",
      setIdentifier: "rest",
      policy: { kind: "nearest", place: "*" },
      health: null,
      records: ["192.0.2.1"],
    },
    aws: 0,
  },
  {
    command: {
      action: "put-rrset",
      zone: "shop.test",
      name: "x",
      type: "A",
      setIdentifier: "1",
      policy: { kind: "multivalue" },
      records: ["192.0.2.1"],
    },
    aws: 0,
  },
  {
    command: { action: "delete-rrset", zone: "shop.test", name: "x", type: "A", setIdentifier: "eu" },
    aws: 0,
  },
  {
    command: {
      action: "put-network-table",
      table: {
        places: [{ name: "berlin", latitude: 52.5, longitude: 13.4 }],
        networks: ["192.0.2.0/24 berlin"],
      },
    },
    aws: 0,
  },
  { command: { action: "delete-network-table" }, aws: 0 },
  {
    command: {
      action: "set-negative-anchor",
      name: "broken.test",
      seconds: 21_600,
      reason: "signatures ran out",
      force: true,
    },
    aws: 0,
  },
  { command: { action: "set-negative-anchor", name: "broken.test" }, aws: 0 },
  { command: { action: "delete-negative-anchor", name: "broken.test" }, aws: 0 },
  { command: { action: "delete-rrset", zone: "shop.test", name: "@", type: "MX" }, aws: 0 },
  {
    command: {
      action: "edit-rrset",
      zone: "shop.test",
      name: "www.shop.test",
      type: "A",
      add: ["192.0.2.7"],
    },
  },
  {
    command: {
      action: "edit-rrset",
      zone: "shop.test",
      name: "@",
      type: "MX",
      add: ["10 mail.shop.test."],
      ttl: 60,
    },
    aws: 0,
  },
  {
    command: { action: "edit-rrset", zone: "shop.test", name: "www", type: "A", remove: ["192.0.2.1"] },
    readBack: "model",
  },
  { command: { action: "edit-rrset", zone: "shop.test", name: "www", type: "A", ttl: 300 }, aws: 0 },
  {
    command: {
      action: "edit-rrset",
      zone: "shop.test",
      name: "www",
      type: "A",
      add: ["192.0.2.7"],
      remove: ["192.0.2.1"],
    },
    cli: 0,
    aws: 2,
    readBack: "model",
  },
  {
    command: {
      action: "change-record",
      zone: "shop.test",
      id: "0192f0c1-7b1e-7c3a-8a52-1f6f2d3e4c5b",
      data: "192.0.2.3",
    },
    aws: 0,
  },
  {
    command: {
      action: "change-record",
      zone: "shop.test",
      id: "0192f0c1-7b1e-7c3a-8a52-1f6f2d3e4c5b",
      ttl: 5,
    },
    cli: 0,
    aws: 0,
  },
  {
    command: { action: "delete-record", zone: "shop.test", id: "0192f0c1-7b1e-7c3a-8a52-1f6f2d3e4c5b" },
    cli: 0,
    aws: 0,
  },
  {
    command: {
      action: "change-rrsets",
      zone: "shop.test",
      edits: [
        { name: "a", type: "A", expected: null, put: { ttl: 60, records: ["192.0.2.1"] } },
        { name: "END", type: "TXT", expected: { ttl: 60, records: ['"it\'s"'] }, put: null },
      ],
    },
    aws: 0,
  },
  {
    command: {
      action: "change-rrsets",
      zone: "shop.test",
      edits: [
        { name: "x.shop.test.", type: "A", expected: { ttl: 60, records: ["192.0.2.1"] }, put: null },
        {
          name: "x.shop.test.",
          type: "A",
          setIdentifier: "it's",
          policy: { kind: "failover", role: "primary" },
          health: { kind: "check", url: "tcp://[2001:db8::1]:5432", intervalMs: 1500, threshold: 2 },
          expected: null,
          put: { ttl: 60, records: ["192.0.2.1"] },
        },
        {
          name: "x.shop.test.",
          type: "A",
          setIdentifier: "rest",
          policy: { kind: "failover", role: "secondary" },
          health: null,
          expected: null,
          put: { ttl: 60, records: ["192.0.2.2"] },
        },
      ],
    },
    aws: 0,
  },
  {
    command: {
      action: "import-zone",
      zone: "shop.test",
      records: [
        { name: "a.shop.test.", type: "A", ttl: 60, data: "192.0.2.1" },
        { name: "b.shop.test.", type: "TXT", ttl: 300, data: '"it\'s; $x" "b"' },
      ],
    },
    aws: 0,
  },
  {
    command: {
      action: "import-document",
      zone: "shop.test",
      document: {
        format: "fairlead-zone",
        version: 1,
        zone: "shop.test",
        rrsets: [{ name: "a.shop.test", type: "A", ttl: 60, entries: [{ data: "192.0.2.1" }] }],
      },
    },
    aws: 0,
  },
  { command: { action: "put-alias", zone: "shop.test", name: "@", target: "web" } },
  {
    command: {
      action: "put-alias",
      zone: "shop.test",
      name: "shop.test",
      target: "web",
      entry: { type: "AAAA", target: "web" },
    },
    cli: 0,
  },
  { command: { action: "delete-alias", zone: "shop.test", name: "@" }, aws: 0 },
  { command: { action: "delete-alias", zone: "shop.test", name: "@", type: "A" }, cli: 0, aws: 0 },
  { command: { action: "assign", name: "shop.test", resource: "web", withWww: true, https: false }, aws: 0 },
  { command: { action: "assign", name: "shop.test", resource: "web" }, aws: 0 },
  { command: { action: "unassign", name: "www.shop.test" }, aws: 0 },
  {
    command: {
      action: "create-certificate",
      name: "wild",
      domainName: "*.shop.test",
      subjectAlternativeNames: ["shop.test"],
    },
  },
  {
    command: {
      action: "create-certificate",
      name: "one",
      domainName: "shop.test",
      issuer: "acme",
      challenge: "http-01",
    },
    aws: 0,
  },
  {
    command: {
      action: "create-certificate",
      name: "own",
      domainName: "shop.test",
      subjectAlternativeNames: [],
      loadBalancer: "front",
    },
    cli: 0,
  },
  { command: { action: "delete-certificate", name: "main" } },
  { command: { action: "delete-certificate", name: "main", force: true }, aws: 0 },
  { command: { action: "renew-certificate", name: "main" }, aws: 0 },
  { command: { action: "import-certificate", name: "mine", chain: "PEM", keyId: "k" }, aws: 0 },
  {
    command: {
      action: "set-acme-account",
      directoryUrl: "https://acme.example/directory?a=1&b=2",
      email: "a@example.org",
      termsOfServiceAgreed: true,
      externalKeyId: "kid",
      externalHmacId: "h",
      authorities: "PEM",
      preferredIssuer: "Some Root X1",
      keyId: "k",
    },
    aws: 0,
  },
  { command: { action: "delete-acme-account" }, aws: 0 },
];

const resources: Sample[] = [
  {
    command: { action: "create-instance", name: "a", run: { kind: "site", folder: sampleFolder }, ports: [] },
    aws: 0,
  },
  {
    command: {
      action: "create-instance",
      name: "b",
      run: { kind: "command", command: ["node", "--title", "it's", "-x", ""], folder: sampleFolder },
      limits: { cpus: 0.5, memoryOctets: 256 << 20 },
      ports: [
        { protocol: "tcp", fromPort: 80, toPort: 80 },
        { protocol: "tcp", fromPort: 3000, toPort: 3010 },
      ],
    },
    aws: 0,
  },
  {
    command: {
      action: "create-instance",
      name: "c",
      run: { kind: "address", address: "2001:db8::1", port: 8080 },
    },
    aws: 0,
  },
  {
    command: {
      action: "create-instance",
      name: "c",
      run: { kind: "address", address: "192.0.2.1", port: 80 },
      ipAddressType: "ipv4",
    },
    cli: 0,
    aws: 0,
  },
  {
    command: {
      action: "create-instance",
      name: "d-1",
      run: { ...launch, availabilityZone: "eu-west-1b", keyPairName: "k1" },
      ipAddressType: "dualstack",
    },
    cli: 0,
  },
  { command: { action: "delete-instance", name: "web-2" } },
  { command: { action: "start-instance", name: "web" } },
  { command: { action: "stop-instance", name: "web" } },
  { command: { action: "stop-instance", name: "web", force: true } },
  { command: { action: "reboot-instance", name: "web" } },
  { command: { action: "reboot-instance", name: "web", force: true }, aws: 0 },
  { command: { action: "limit-instance", name: "web", limits: { memoryOctets: 2 * 2 ** 30 } }, aws: 0 },
  { command: { action: "limit-instance", name: "web", limits: {} }, aws: 0 },
  {
    command: {
      action: "set-instance-ports",
      name: "web",
      how: "open",
      ports: [{ protocol: "tcp", fromPort: 5432, toPort: 5432 }],
    },
  },
  {
    command: {
      action: "set-instance-ports",
      name: "web",
      how: "close",
      ports: [{ protocol: "tcp", fromPort: 80, toPort: 80 }],
    },
  },
  {
    command: {
      action: "set-instance-ports",
      name: "web",
      how: "put",
      ports: [{ protocol: "tcp", fromPort: 3000, toPort: 3010 }],
    },
  },
  { command: { action: "set-instance-ports", name: "web", how: "put", ports: [] } },
  { command: { action: "set-ip-address-type", resource: "web", ipAddressType: "ipv4" }, cli: 0, aws: 0 },
  { command: { action: "create-load-balancer", name: "lb2" } },
  {
    command: {
      action: "create-load-balancer",
      name: "lb2",
      instances: ["web", "web-2"],
      settings: { healthCheck: { path: "/up?a=1&b=2" }, redirectsToHttps: true },
    },
    aws: 3,
    readBack: "model",
  },
  {
    command: {
      action: "create-load-balancer",
      name: "lb2",
      settings: { instancePort: 8080 },
      ipAddressType: "ipv4",
    },
    cli: 0,
  },
  {
    command: {
      action: "update-load-balancer",
      name: "front",
      settings: {
        instancePort: 80,
        healthCheck: {
          path: "/",
          intervalMs: 500,
          timeoutMs: 2000,
          healthyThreshold: 2,
          unhealthyThreshold: 3,
          successCodes: "200-299,301",
        },
        algorithm: "least-requests",
        stickiness: { isEnabled: false, durationSeconds: 3600 },
        ejectAfterFailures: 0,
        ejectMs: 10_000,
        drainMs: 0,
        redirectsToHttps: false,
        tlsPolicyName: "TLS-2016-08",
      },
    },
    aws: 0,
  },
  {
    command: { action: "update-load-balancer", name: "front", settings: { stickiness: { isEnabled: true } } },
  },
  { command: { action: "delete-load-balancer", name: "front" } },
  { command: { action: "attach-instances", loadBalancer: "front", instances: ["web-2"] } },
  { command: { action: "detach-instances", loadBalancer: "front", instances: ["web"] } },
  { command: { action: "attach-certificate", loadBalancer: "front", certificate: "main" }, aws: 0 },
  {
    command: { action: "attach-certificate", loadBalancer: "front", certificate: "main", isDefault: true },
    readBack: "model",
  },
  { command: { action: "detach-certificate", loadBalancer: "front", certificate: "main" }, aws: 0 },
  { command: { action: "allocate-static-ip", name: "second" } },
  { command: { action: "allocate-static-ip", name: "second", instance: "web" }, aws: 2, readBack: "model" },
  { command: { action: "attach-static-ip", name: "fixed", instance: "web" } },
  { command: { action: "detach-static-ip", name: "fixed" } },
  { command: { action: "release-static-ip", name: "fixed" } },
  { command: { action: "create-distribution", name: "d2", origin: "web" } },
  {
    command: {
      action: "create-distribution",
      name: "d2",
      origin: "front",
      settings: {
        origin: { protocolPolicy: "http-only", responseTimeout: 5 },
        isEnabled: false,
        defaultCacheBehavior: "dont-cache",
        cacheBehaviors: [{ path: "/a=b/*", behavior: "cache" }],
        defaultRootObject: "index.html",
        customErrorResponses: [
          { errorCode: 404, responsePagePath: "/404.html", responseCode: 200, errorCachingMinTtl: 30 },
          { errorCode: 500 },
        ],
        viewerMinimumTlsProtocolVersion: "TLSv1.2_2021",
        ipAddressType: "ipv4",
        bundleId: "medium_1_0",
      },
    },
    cli: 2,
    aws: 2,
    readBack: "model",
  },
  {
    command: {
      action: "update-distribution",
      name: "site",
      settings: {
        origin: { name: "front" },
        cacheBehaviors: [],
        cacheBehaviorSettings: {
          defaultTtl: 60,
          minimumTtl: null,
          maximumTtl: 3600,
          allowedMethods: ["GET", "HEAD", "OPTIONS"],
          cachedMethods: null,
          forwardedHeaders: { option: "allow-list", names: ["Host", "Accept"] },
          forwardedCookies: { option: "all" },
          forwardedQueryStrings: { option: "allow-list", names: ["page"] },
        },
        defaultRootObject: null,
        customErrorResponses: [],
        certificateName: null,
      },
    },
  },
  {
    command: {
      action: "update-distribution",
      name: "site",
      settings: { cacheBehaviorSettings: { defaultTtl: 5 } },
    },
    aws: 0,
  },
  {
    command: {
      action: "update-distribution",
      name: "site",
      settings: { redirectsToHttps: false, origin: { protocolPolicy: null } },
    },
    aws: 0,
  },
  { command: { action: "update-distribution", name: "site", settings: { isEnabled: false } } },
  { command: { action: "update-distribution", name: "site", settings: { bundleId: "large_1_0" } } },
  { command: { action: "update-distribution", name: "site", settings: { ipAddressType: "ipv4" } } },
  {
    command: { action: "update-distribution", name: "site", settings: { cacheBehaviorSettings: null } },
    cli: 0,
    readBack: "model",
  },
  {
    command: {
      action: "update-distribution",
      name: "site",
      settings: { cacheBehaviors: [{ path: "/a,b", behavior: "cache" }] },
    },
    cli: 0,
  },
  { command: { action: "delete-distribution", name: "site" } },
  { command: { action: "reset-distribution-cache", name: "site" } },
  { command: { action: "purge-distribution", name: "site", paths: ["/img/*", "/a.css?v=2&x=it's"] }, aws: 0 },
  { command: { action: "attach-distribution-certificate", distribution: "site", certificate: "main" } },
  { command: { action: "detach-distribution-certificate", distribution: "site" } },
  {
    command: {
      action: "tag-resource",
      resourceType: "Instance",
      resourceName: "web",
      tags: [
        { key: "stage", value: "it's = a test" },
        { key: "team", value: "" },
      ],
    },
  },
  { command: { action: "tag-resource", resourceName: "web", tags: [{ key: "a=b", value: "c" }] }, cli: 0 },
  {
    command: {
      action: "tag-resource",
      resourceType: "RegisteredDomain",
      resourceName: "shop.test",
      tags: [{ key: "owner", value: "ada" }],
    },
  },
  {
    command: {
      action: "untag-resource",
      resourceType: "Instance",
      resourceName: "web",
      tagKeys: ["old", "-x"],
    },
    readBack: "model",
  },
  {
    command: {
      action: "untag-resource",
      resourceType: "RegisteredDomain",
      resourceName: "shop.test",
      tagKeys: ["old"],
    },
    readBack: "model",
  },
  {
    command: {
      action: "put-alarm",
      name: "busy",
      resource: "web",
      metric: "CPUUtilization",
      comparisonOperator: "LessThanOrEqualToThreshold",
      threshold: -0.5,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: "notBreaching",
    },
  },
  {
    command: {
      action: "put-alarm",
      name: "busy",
      resource: "web",
      metric: "CPUUtilization",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 90,
      evaluationPeriods: 1,
      notificationEnabled: false,
      notificationTriggers: ["ALARM"],
    },
    cli: 0,
  },
  { command: { action: "delete-alarm", name: "slow" } },
];

const services: Sample[] = [
  { command: { action: "create-container-service", name: "app2", power: "nano", scale: 2 } },
  {
    command: {
      action: "create-container-service",
      name: "app2",
      power: "micro",
      scale: 1,
      publicDomainNames: { main: ["app.shop.test", "www.app.shop.test"] },
      deployment: { ...deployment, environmentId: "e" },
    },
    cli: 2,
  },
  {
    command: { action: "update-container-service", name: "app", power: "small", scale: 5, isDisabled: false },
  },
  {
    command: {
      action: "update-container-service",
      name: "app",
      publicDomainNames: { main: ["app.shop.test"], other: [] },
    },
    cli: 2,
    readBack: "model",
  },
  { command: { action: "delete-container-service", name: "app" } },
  { command: { action: "create-deployment", service: "app", ...deployment } },
  {
    command: {
      action: "create-deployment",
      service: "app",
      containers: {
        main: {
          image: `folder:${sampleFolder}`,
          command: ["sh", "-c", 'echo "it\'s"'],
          environmentNames: ["A", "LOG_LEVEL"],
          ports: { "8080": "HTTP" },
        },
      },
      publicEndpoint: {
        containerName: "main",
        containerPort: 8080,
        healthCheck: {
          path: "/up",
          intervalMs: 10_000,
          timeoutMs: 2000,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
          successCodes: "200",
        },
      },
      environmentId: "e",
    },
  },
  {
    command: {
      action: "create-deployment",
      service: "app",
      containers: {
        web: { image: "nginx:1.28", ports: { "80": "HTTP", "81": "TCP" } },
        side: { image: "busybox", command: ["it's"], environmentNames: ["B"] },
      },
      environmentId: "e",
    },
  },
  { command: { action: "roll-back-deployment", service: "app", version: 3 }, aws: 0 },
  {
    command: { action: "register-container-image", service: "app", label: "web", digest: "sha256:00" },
    cli: 0,
    readBack: "model",
  },
  { command: { action: "delete-container-image", service: "app", image: ":app.web.1" } },
  { command: { action: "create-access-key", name: "laptop" }, aws: 0 },
  {
    command: {
      action: "create-access-key",
      name: "it's acme",
      type: "aws",
      role: "viewer",
      verbs: ["put-rrset", "read"],
      zones: ["shop.test"],
      expiresAt: "2027-01-31T12:00:00.000Z",
      user: "ada@example.org",
    },
    aws: 0,
  },
  { command: { action: "update-access-key", id: "FLBKQ2X5ZC7N4JWRH6TA", isDisabled: true }, aws: 0 },
  { command: { action: "update-access-key", id: "FLBKQ2X5ZC7N4JWRH6TA", isDisabled: false }, aws: 0 },
  { command: { action: "delete-access-key", id: "FLBKQ2X5ZC7N4JWRH6TA" }, aws: 0 },
  { command: { action: "create-user", email: "o'brien@example.org", role: "operator" }, aws: 0 },
  {
    command: { action: "update-user", email: "ada@example.org", role: "owner", isDisabled: false },
    cli: 2,
    aws: 0,
  },
  { command: { action: "update-user", email: "ada@example.org", isDisabled: true }, aws: 0 },
  { command: { action: "delete-user", email: "ada@example.org" }, aws: 0 },
  { command: { action: "undo", changeId: "0192f0c1-7b1e-7c3a-8a52-1f6f2d3e4c5b" }, aws: 0 },
];

/** All samples. */
export const samples: readonly Sample[] = [...names, ...resources, ...services];
