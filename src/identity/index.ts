// Passwords, second factors, sessions and one-time links of people, behind one port.

export { openIdentity, type IdentityOptions } from "./identity.ts";
export type { Link, LinkKind, MadeLink } from "./links.ts";
export type { Client, Enrolment, Identity, OneTimeLinks, Session, SignInOutcome } from "./port.ts";
