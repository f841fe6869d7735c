// How the reference (Clawdbot 2026.1.24-3) is started: by the Node that it needs, without its
// banner, without a second process of itself, and with every feature off that talks to others.
import type { Part, Stage } from "./stage.ts";

const QUIET = {
  CLAWDBOT_NO_RESPAWN: "1",
  CLAWDBOT_HIDE_BANNER: "1",
  CLAWDBOT_SKIP_CHANNELS: "1",
  CLAWDBOT_SKIP_CRON: "1",
  CLAWDBOT_SKIP_GMAIL_WATCHER: "1",
  CLAWDBOT_SKIP_CANVAS_HOST: "1",
  CLAWDBOT_SKIP_BROWSER_CONTROL_SERVER: "1",
  CLAWDBOT_DISABLE_BONJOUR: "1",
  NODE_OPTIONS: "--no-warnings",
};

/** The part that plays `clawdbot ARGS…` of the reference. */
export function referencePart(
  stage: Pick<Stage, "peers">,
  options: { role: string; args: readonly string[]; home: string; token?: string },
): Part {
  return {
    role: options.role,
    argv: [stage.peers.node, stage.peers.clawdbot, ...options.args],
    home: options.home,
    env: {
      ...QUIET,
      NODE_COMPILE_CACHE: stage.peers.compileCache,
      ...(options.token === undefined ? {} : { CLAWDBOT_GATEWAY_TOKEN: options.token }),
    },
  };
}
