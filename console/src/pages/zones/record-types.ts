// What a record of a type is made of, for the form: its fields, how they come together, and what is said of it in a sentence.

/** A field of the form. */
export interface RecordField {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly placeholder?: string;
  /** What stands there at first. */
  readonly initial?: string;
  readonly isNumber?: boolean;
  /** True where resources are offered: `address` or `name`. */
  readonly offers?: "ipv4" | "ipv6" | "name";
  readonly isWide?: boolean;
}

/** A type of the form. */
export interface RecordForm {
  readonly type: string;
  readonly about: string;
  readonly fields: readonly RecordField[];
  /** RDATA in presentation format. */
  readonly data: (values: Readonly<Record<string, string>>) => string;
}

const words =
  (...names: readonly string[]) =>
  (values: Readonly<Record<string, string>>): string =>
    names.map((name) => (values[name] ?? "").trim()).join(" ");

/** Text of TXT and CAA as zone files have it: in quotes, with what would end them behind a backslash. */
export function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** The types, those that people put most first. */
export const recordForms: readonly RecordForm[] = [
  {
    type: "A",
    about: "An IPv4 address",
    fields: [
      { name: "address", label: "IPv4 address", placeholder: "192.0.2.1", offers: "ipv4", isWide: true },
    ],
    data: words("address"),
  },
  {
    type: "AAAA",
    about: "An IPv6 address",
    fields: [
      { name: "address", label: "IPv6 address", placeholder: "2001:db8::1", offers: "ipv6", isWide: true },
    ],
    data: words("address"),
  },
  {
    type: "CNAME",
    about: "Another name whose records are taken instead",
    fields: [
      {
        name: "target",
        label: "Target",
        placeholder: "www.example.org.",
        hint: "A name with a final dot is whole; one without is completed with the zone’s",
        offers: "name",
        isWide: true,
      },
    ],
    data: words("target"),
  },
  {
    type: "MX",
    about: "A host that takes mail",
    fields: [
      {
        name: "preference",
        label: "Preference",
        initial: "10",
        isNumber: true,
        hint: "Lower is tried first",
      },
      { name: "exchange", label: "Mail host", placeholder: "mail", offers: "name" },
    ],
    data: words("preference", "exchange"),
  },
  {
    type: "TXT",
    about: "Text: SPF, DKIM, proofs",
    fields: [
      {
        name: "text",
        label: "Text",
        placeholder: "v=spf1 mx -all",
        hint: "As it is, without quotes; long text is cut into strings by itself",
        isWide: true,
      },
    ],
    data: ({ text = "" }) => quoted(text),
  },
  {
    type: "SRV",
    about: "Where a service runs",
    fields: [
      { name: "priority", label: "Priority", initial: "0", isNumber: true },
      { name: "weight", label: "Weight", initial: "0", isNumber: true },
      { name: "port", label: "Port", placeholder: "5060", isNumber: true },
      { name: "target", label: "Target", placeholder: "sip", offers: "name" },
    ],
    data: words("priority", "weight", "port", "target"),
  },
  {
    type: "CAA",
    about: "Which authorities may issue certificates",
    fields: [
      { name: "flags", label: "Flags", initial: "0", isNumber: true, hint: "128 is critical" },
      { name: "tag", label: "Tag", initial: "issue", hint: "issue, issuewild or iodef" },
      { name: "value", label: "Value", placeholder: "letsencrypt.org" },
    ],
    data: ({ flags = "", tag = "", value = "" }) => `${flags.trim()} ${tag.trim()} ${quoted(value)}`,
  },
  {
    type: "NS",
    about: "Name servers that a name below is delegated to",
    fields: [
      { name: "server", label: "Name server", placeholder: "ns1.example.org.", offers: "name", isWide: true },
    ],
    data: words("server"),
  },
  {
    type: "HTTPS",
    about: "How a site is reached: protocols, port, addresses",
    fields: [
      { name: "priority", label: "Priority", initial: "1", isNumber: true },
      { name: "target", label: "Target", initial: ".", hint: "A dot is the name itself", offers: "name" },
      { name: "params", label: "Parameters", placeholder: "alpn=h2", isWide: true },
    ],
    data: ({ priority = "", target = "", params = "" }) =>
      `${priority.trim()} ${target.trim()} ${params.trim()}`.trim(),
  },
  {
    type: "PTR",
    about: "The name of an address",
    fields: [{ name: "name", label: "Name", placeholder: "host.example.org.", isWide: true }],
    data: words("name"),
  },
  {
    type: "TLSA",
    about: "The certificate that a service has (DANE)",
    fields: [
      { name: "usage", label: "Usage", initial: "3", isNumber: true },
      { name: "selector", label: "Selector", initial: "1", isNumber: true },
      { name: "matching", label: "Matching type", initial: "1", isNumber: true },
      { name: "digest", label: "Certificate data", placeholder: "hexadecimal digits", isWide: true },
    ],
    data: words("usage", "selector", "matching", "digest"),
  },
  {
    type: "SSHFP",
    about: "The fingerprint of an SSH key",
    fields: [
      { name: "algorithm", label: "Algorithm", initial: "4", isNumber: true },
      { name: "kind", label: "Fingerprint type", initial: "2", isNumber: true },
      { name: "fingerprint", label: "Fingerprint", placeholder: "hexadecimal digits", isWide: true },
    ],
    data: words("algorithm", "kind", "fingerprint"),
  },
];

/** The form of a type that has none of its own. */
export function plainForm(type: string): RecordForm {
  return {
    type,
    about: "Any type, in presentation format",
    fields: [{ name: "data", label: "Data", hint: "As it stands in a zone file", isWide: true }],
    data: words("data"),
  };
}
