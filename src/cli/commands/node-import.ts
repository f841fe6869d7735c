/** `clawdbot node import`: this machine changes its node host without being paired again. */
import { resolve } from "node:path";

import { printable, shellQuote } from "../../lib/display-text.ts";
import { ConfigError, UserError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { type ImportPlan, type OwnState, importPlan } from "../../node/import-plan.ts";
import { openLocalApprovals } from "../local-approvals.ts";
import { loadIdentity, writeIdentity } from "../../state/device-identity.ts";
import { readStateFile } from "../../state/json-file.ts";
import { readNodeConfig, writeNodeConfig } from "../../state/node-config.ts";
import { type OtherHost, looksLikeHost, readOtherHost } from "../../state/other-host.ts";
import {
  type StatePaths,
  expandHome,
  homeDirectory,
  pathsIn,
  stateDirectory,
} from "../../state/paths.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { writeJson } from "../json-output.ts";
import { lockNode } from "./node-setup.ts";

export const nodeImport = defineCommand({
  summary: "Take over the identity of another node host on this machine",
  details: [
    [
      "Reads the state of OpenClaw, Moltbot or Clawdbot and takes its device key, token, node id,",
      "name, gateway and exec policy, so that the gateway knows this host as the one it approved.",
      "Nothing is changed there. Stop that host first: of two with one key each ends the other's line.",
    ].join("\n"),
    [
      "A policy that says nothing does not open this machine: then the allowlist counts here, also",
      "where the other program lets everything run.",
    ].join("\n"),
  ],
  args: {
    from: {
      type: "string",
      valueHint: "DIR",
      description: "Its state directory (default: the one of ~/.openclaw, ~/.moltbot, ~/.clawdbot)",
    },
    "dry-run": { type: "boolean", description: "Say what would be taken, and change nothing" },
    force: {
      type: "boolean",
      description: "Replace another identity and the exec policy here; copies of both are kept",
    },
    profile: {
      type: "string",
      valueHint: "NAME",
      description: "Into the state directory ~/.clawdbot-NAME",
    },
    json: { type: "boolean", description: "Print one JSON object instead of text" },
  },
  environment: [
    ["OPENCLAW_STATE_DIR", "where OpenClaw keeps its state, if not in ~/.openclaw"],
    ["CLAWDBOT_STATE_DIR", "state directory of this program (default ~/.clawdbot)"],
  ],
  exitCodes: [
    [exitCode.ok, "taken over, or would be with --dry-run"],
    [exitCode.failure, "another identity is here, or it is not clear which to take"],
    [exitCode.usage, "wrong command line"],
    [exitCode.config, "a file there or here cannot be used"],
    [exitCode.alreadyRunning, "a host of this program is running"],
  ],
  examples: [
    ["clawdbot node import --dry-run", "what there is to take"],
    ["clawdbot node import --from ~/.openclaw", "one of several"],
  ],
  async run(context, { args }) {
    const paths = pathsIn(stateDirectory(context.env, args.profile));
    const directory = source(context, args.from, paths);
    const other = readOtherHost(context.files, await context.databaseReader(), directory);
    const dryRun = args["dry-run"] === true;
    const release = dryRun ? undefined : (await lockNode(context, paths)).release;
    try {
      const own = ownState(context, paths);
      const plan = importPlan(other, own, args.force === true);
      if (args.force !== true && plan.conflicts.length > 0) throw conflict(plan, paths, dryRun);
      const backups = dryRun ? [] : await apply(context, args.profile, other, plan);
      tell(context, args.json === true, { other, plan, paths, dryRun, backups });
      return exitCode.ok;
    } finally {
      release?.();
    }
  },
});

/** The state directory to read; the only one that there is, unless one is named. */
function source(context: CliContext, from: string | undefined, paths: StatePaths): string {
  const { files, env, machine } = context;
  const home = homeDirectory(env);
  const real = (path: string): string => files.realPath(path) ?? path;
  const isOwn = (path: string): boolean => real(path) === real(paths.directory);
  if (from !== undefined) {
    const directory = from.startsWith("~") ? expandHome(from, home) : resolve(machine.cwd, from);
    if (isOwn(directory)) {
      throw new UserError(
        `Cannot import from "${directory}": it is this program's own state directory, and used as it is`,
        { hint: "Start the host: clawdbot node run" },
      );
    }
    if (looksLikeHost(files, directory)) return directory;
    throw new ConfigError(
      `Cannot import from "${directory}": no state of a node host is in it; wanted is a directory like ~/.openclaw`,
    );
  }
  const known = [env["OPENCLAW_STATE_DIR"], "~/.openclaw", "~/.moltbot", "~/.clawdbot"]
    .map((path) => path?.trim())
    .filter((path) => path !== undefined && path !== "")
    .map((path) => expandHome(path ?? "", home));
  const found = [...new Set(known)].filter((path) => !isOwn(path) && looksLikeHost(files, path));
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  if (only === undefined) {
    throw new ConfigError(
      `Cannot import: no other node host was found, looked for in ${known.join(", ")}`,
      { hint: "Name its state directory: clawdbot node import --from DIR" },
    );
  }
  throw new UserError(`Cannot choose what to import: there are ${found.join(" and ")}`, {
    hint: `Name one: clawdbot node import --from ${shellQuote(only)}`,
  });
}

function ownState({ files, random }: CliContext, paths: StatePaths): OwnState {
  const written = readStateFile(files, paths.nodeConfig) !== undefined;
  return {
    deviceId: loadIdentity(files, paths)?.deviceId,
    config: written ? readNodeConfig(files, paths, random) : undefined,
    newNodeId: random.uuid(),
    hasApprovals: files.stat(paths.approvals, false) !== undefined,
  };
}

function conflict({ conflicts }: ImportPlan, paths: StatePaths, dryRun: boolean): UserError {
  return new UserError(
    `Cannot import into "${paths.directory}": it would replace ${conflicts.join(" and ")}${dryRun ? "" : "; nothing was changed"}`,
    { hint: "To replace it and keep a copy, add --force; or use a new directory: --profile NAME" },
  );
}

/** Gives the copies that were made of what was replaced. */
async function apply(
  context: CliContext,
  profile: string | undefined,
  { identity }: OtherHost,
  plan: ImportPlan,
): Promise<string[]> {
  const { files, clock } = context;
  // A file that cannot be used stops everything before anything is written.
  const { paths, edit } = openLocalApprovals(context, profile);
  const changed = [
    ...(loadIdentity(files, paths)?.deviceId === identity.deviceId ? [] : [paths.deviceIdentity]),
    paths.nodeConfig,
    ...(plan.approvals === undefined ? [] : [paths.approvals]),
  ];
  const stamp = new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, "");
  const backups = changed.flatMap((path) => {
    const text = readStateFile(files, path);
    if (text === undefined) return [];
    const copy = `${path}.before-import-${stamp}`;
    files.writeAtomic(copy, text, 0o600);
    return [copy];
  });
  const { approvals } = plan;
  if (approvals !== undefined) await edit(() => ({ file: approvals, changed: true }));
  writeIdentity(files, paths, identity.privateKeyPem, identity.createdAtMs ?? clock.now());
  writeNodeConfig(files, paths, plan.config);
  return backups;
}

interface Report {
  readonly other: OtherHost;
  readonly plan: ImportPlan;
  readonly paths: StatePaths;
  readonly dryRun: boolean;
  readonly backups: readonly string[];
}

function tell(context: CliContext, json: boolean, report: Report): void {
  const { other, plan, paths, dryRun, backups } = report;
  const { gateway, displayName, nodeId, token } = plan.config;
  const taken = {
    deviceId: other.identity.deviceId,
    nodeId,
    displayName: displayName ?? null,
    gateway: gateway === undefined ? null : { ...gateway },
    deviceToken: token !== undefined,
    approvals: plan.approvals !== undefined,
  };
  if (json) {
    const { product, directory } = other;
    const into = paths.directory;
    const { notes } = plan;
    writeJson(context.out, { product, from: directory, into, dryRun, taken, backups, notes });
    return;
  }
  const where = gateway === undefined ? "none" : `${gateway.host}:${gateway.port}`;
  const lines = [
    `${dryRun ? "Would take" : "Took"} from ${other.product} (${other.directory}) into ${paths.directory}:`,
    `  device       ${taken.deviceId}`,
    `  node id      ${nodeId}`,
    `  name         ${displayName ?? "the host name"}`,
    `  gateway      ${where}${gateway?.tls === true ? " (TLS)" : ""}`,
    `  token        ${taken.deviceToken ? "yes, for this gateway" : "no"}`,
    `  exec policy  ${taken.approvals ? "yes" : "no"}`,
    ...backups.map((path) => `  kept a copy: ${path}`),
    ...plan.notes.map((note) => `Note: ${note}`),
  ];
  context.out.write(lines.map((line) => `${printable(line, 1000)}\n`).join(""));
  if (!dryRun) {
    context.err.write(
      `Next: stop the node host of ${other.product}, then start this one: clawdbot node run\n`,
    );
  }
}
