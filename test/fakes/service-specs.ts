// Services that the tests of the generators share.
import { serviceNames } from "../../src/service/service-names.ts";
import type { ServiceSpec } from "../../src/service/service-spec.ts";

export const userSpec: ServiceSpec = {
  names: serviceNames(undefined),
  description: "Clawdbot Node Host",
  scope: "user",
  account: undefined,
  argv: ["/usr/local/bin/clawdbot", "node", "run", "--host", "gateway.local", "--port", "18789"],
  workingDirectory: "/home/alice",
  stateDirectory: "/home/alice/.clawdbot",
  dataDirectory: "/home/alice/.clawdbot/service",
  environment: { HOME: "/home/alice", PATH: "/usr/local/bin:/usr/bin:/bin" },
  environmentFiles: [],
  secrets: [],
  hardening: "none",
  drainSeconds: 30,
};

export const systemSpec: ServiceSpec = {
  ...userSpec,
  scope: "system",
  account: { name: "clawdbot", home: "/var/lib/clawdbot", own: true },
  workingDirectory: "/var/lib/clawdbot",
  stateDirectory: "/var/lib/clawdbot/.clawdbot",
  dataDirectory: "/etc/clawdbot/clawdbot-node",
  environment: { HOME: "/var/lib/clawdbot", PATH: "/usr/local/bin:/usr/bin:/bin" },
  environmentFiles: ["/etc/clawdbot/proxy.env"],
  secrets: [
    { name: "gateway-token", path: "/etc/clawdbot/clawdbot-node/gateway-token" },
    { name: "gateway-password", path: "/etc/clawdbot/clawdbot-node/gateway-password" },
  ],
  hardening: "strict",
};

/** Everything that means something to systemd, XML, a shell or Windows, and is a legal argument. */
export const hostileWords = [
  "%h %% %n",
  "$HOME ${HOME} $$ $",
  `it's "quoted" \\"twice\\"`,
  "back\\slash\\\\ at the end\\",
  "two\nlines\tand a tab",
  "  blanks   in  between ",
  "",
  "-leading-dash",
  "--flag=value with blank",
  ";",
  "\\;",
  "a;b & c | d > e < f `g` $(h)",
  "*?[a-z] ~ ! # comment",
  "ünïcödé 文字 🦞",
  "]]> <!-- &amp; <tag attribute='x'>",
  "%PATH% ^caret !bang!",
];

export const hostileSpec: ServiceSpec = {
  ...userSpec,
  argv: ["/opt/my %h $tools [*]/clawdbot", "node", "run", "--display-name", ...hostileWords],
  workingDirectory: '/home/al%ice "the" $first it\'s',
  environment: {
    HOME: '/home/al%ice "the" $first it\'s',
    PATH: '/opt/a b/bin:/opt/"q"/bin:/opt/$x/bin:/opt/%h/bin:/opt/back\\slash/bin',
  },
  environmentFiles: ['/home/al%ice "the" $first it\'s/proxy 100%.env'],
  secrets: [{ name: "gateway-token", path: "/home/al%ice/.clawdbot/service/gateway-token" }],
  dataDirectory: "/home/al%ice/.clawdbot/service",
};
