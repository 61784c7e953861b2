// What the system says of a connection that came to nothing, in words for people.

/** Puts an error of the network into words: `connection refused`. */
export function networkFailureInWords({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ECONNREFUSED":
      return "connection refused";
    case "ECONNRESET":
      return "connection reset";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "unreachable";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "its name has no address";
    case undefined:
      return message;
    default:
      return `${message} (${code})`;
  }
}
