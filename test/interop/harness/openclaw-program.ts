// How a real OpenClaw is started: by the Node that it needs, without a second process of itself,
// and with every feature off that talks to others.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type OpenClawVersion, ensureOpenClaw } from "./peers.ts";
import type { Part, Stage } from "./stage.ts";

const QUIET = {
  OPENCLAW_NO_RESPAWN: "1",
  OPENCLAW_HIDE_BANNER: "1",
  OPENCLAW_SKIP_CHANNELS: "1",
  OPENCLAW_SKIP_CRON: "1",
  OPENCLAW_SKIP_GMAIL_WATCHER: "1",
  OPENCLAW_SKIP_CANVAS_HOST: "1",
  OPENCLAW_SKIP_BROWSER_CONTROL_SERVER: "1",
  OPENCLAW_DISABLE_BONJOUR: "1",
  OPENCLAW_NO_AUTO_UPDATE: "1",
  NODE_OPTIONS: "--no-warnings",
};

/** The part that plays `openclaw ARGS…`. */
export async function openClawPart(
  stage: Pick<Stage, "peers">,
  options: {
    version: OpenClawVersion;
    role: string;
    args: readonly string[];
    home: string;
    token?: string;
  },
): Promise<Part> {
  const { entry, compileCache } = await ensureOpenClaw(options.version);
  return {
    role: options.role,
    argv: [stage.peers.node, entry, ...options.args],
    home: options.home,
    env: {
      ...QUIET,
      NODE_COMPILE_CACHE: compileCache,
      ...(options.token === undefined ? {} : { OPENCLAW_GATEWAY_TOKEN: options.token }),
    },
  };
}

/** `openclaw.json`, with what is the same for each of our throw-away homes. */
export async function writeOpenClawConfig(
  home: string,
  part: Readonly<Record<string, unknown>>,
): Promise<void> {
  const directory = join(home, ".openclaw");
  const config = {
    plugins: { enabled: false },
    update: { checkOnStart: false },
    ...part,
  };
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "openclaw.json"), JSON.stringify(config, null, 2));
}
