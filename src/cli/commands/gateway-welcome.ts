import { shellQuote } from "../../lib/display-text.ts";

export interface WelcomeFacts {
  /** Address by which this machine reaches the gateway. */
  readonly host: string;
  /** Name or address for other machines; undefined when they cannot reach it. */
  readonly outerHost: string | undefined;
  readonly port: number;
  /** Where the token can be read; undefined when it came from elsewhere. */
  readonly tokenFile: string | undefined;
  /** Of the certificate; undefined without TLS. */
  readonly fingerprint: string | undefined;
}

/** The commands to type next, for a person who has just started a gateway. */
export function welcome(facts: WelcomeFacts): string {
  const token = ` --token-file ${facts.tokenFile === undefined ? "FILE" : shellQuote(facts.tokenFile)}`;
  const pin = facts.fingerprint === undefined ? "" : ` --tls-fingerprint ${facts.fingerprint}`;
  const host = facts.host.includes(":") ? `[${facts.host}]` : facts.host;
  const url = `${facts.fingerprint === undefined ? "ws" : "wss"}://${host}:${facts.port}`;
  const node = (address: string): string =>
    `  clawdbot node run --host ${address} --port ${facts.port}${pin}`;
  const elsewhere =
    facts.outerHost === undefined
      ? []
      : [
          "",
          "A node on another machine (copy the token there first):",
          `${node(facts.outerHost)} --token-file FILE`,
        ];
  return [
    "",
    "A node on this machine, in a second terminal:",
    `${node(facts.host)}${token}`,
    ...elsewhere,
    "",
    "What is connected, what waits for approval, and a first command:",
    `  clawdbot nodes status --url ${url}${token}${pin}`,
    `  clawdbot nodes pending --url ${url}${token}${pin}`,
    `  clawdbot nodes run --node NAME --url ${url}${token}${pin} -- uname -a`,
    "",
    facts.tokenFile === undefined
      ? "FILE holds the token that you gave this gateway."
      : `The token is in ${facts.tokenFile}`,
    "Ctrl-C stops the gateway.",
    "",
    "",
  ].join("\n");
}
