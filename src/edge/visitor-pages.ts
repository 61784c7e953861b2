// The two pages of the visitor proxy: a script by which browsers ask it for the private tree only, and what it is.

/**
 * The proxy auto-configuration script.
 * @param suffixes  of the private tree, without dots around them
 * @param at  the proxy's own address and port
 */
export function proxyScript(suffixes: readonly string[], at: string): string {
  return `// Names of the private tree go through Fairlead's visitor proxy, all others directly.
function FindProxyForURL(url, host) {
  var name = host.toLowerCase().replace(/\\.$/, "");
  var suffixes = ${JSON.stringify(suffixes)};
  for (var i = 0; i < suffixes.length; i++) {
    if (name === suffixes[i] || name.slice(-suffixes[i].length - 1) === "." + suffixes[i]) return ${JSON.stringify(`PROXY ${at}`)};
  }
  return "DIRECT";
}
`;
}

/** What the proxy is and has done, as plain text. */
export function statusPage(
  suffixes: readonly string[],
  at: string,
  counters: Record<string, number>,
): string {
  const lines = [
    "This is the visitor proxy of Fairlead. Through it, names of the private tree open on the standard ports.",
    "",
    `Names: those that end with ${suffixes.join(", ")}. Others are refused.`,
    `A browser: set http://${at}/proxy.pac as its proxy script.`,
    `curl: curl -x http://${at} http://NAME/`,
    "",
    ...Object.entries(counters).map(([name, count]) => `${name} ${count}`),
  ];
  return `${lines.join("\n")}\n`;
}
