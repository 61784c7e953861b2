// The services that the AWS endpoint serves.

import type { AwsServices } from "./endpoint.ts";
import { lightsail } from "./lightsail.ts";
import { route53Domains } from "./route53-domains.ts";
import { sts } from "./sts.ts";

/** All of them. */
export const awsServices: AwsServices = { json: [lightsail, route53Domains], query: [sts] };
