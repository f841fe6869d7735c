/** Makes ready what executions need: PATH, user, limits, encoding, guardian. */
import { nameOfCodePage } from "../../exec/code-pages.ts";
import { render } from "../../exec/captured-text.ts";
import { buildEnvironment } from "../../exec/environment.ts";
import { loginPath } from "../../exec/login-path.ts";
import { type OutputEncoding, parseEncoding, utf8Output } from "../../exec/output-encoding.ts";
import { startCommand } from "../../exec/running-command.ts";
import { accountIn } from "../../exec/user-account.ts";
import { UserError, messageOf } from "../../lib/errors.ts";
import type { ExecutionSettings } from "../../node/execution-settings.ts";
import type { Log } from "../../platform/ports.ts";
import type { AgentLimits } from "../../node/agent-limits.ts";
import type { LimitMeans } from "../../protocol/host-status.ts";
import { homeDirectory } from "../../state/paths.ts";
import type { CliContext } from "../context.ts";
import type { NodeExecFlags } from "./node-exec-flags.ts";
import { limitMeans, limitsAround } from "./node-exec-limits.ts";

export interface NodeExecution {
  /** What commands inherit, before anything is removed from it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly settings: ExecutionSettings;
  readonly limits: LimitMeans;
}

type Env = NodeExecution["env"];

/** For programs that are asked once, at the start. */
const trialMs = 5000;

export async function prepareExecution(
  context: CliContext,
  flags: NodeExecFlags,
  agentLimits: AgentLimits,
  log: Log,
): Promise<NodeExecution> {
  const { account } = flags;
  const asked = { ofAll: flags.limits, ofAgents: agentLimits };
  const limits = await limitMeans(context, asked, log);
  const user = account && { uid: account.uid, gid: account.gid };
  if (account !== undefined) takeGroups(context, account.name, account.gid);
  const own: Env =
    account === undefined
      ? context.env
      : {
          ...context.env,
          HOME: account.home,
          USER: account.name,
          LOGNAME: account.name,
          SHELL: account.shell,
          // Of the user that this host runs as: not to be used, or not to be reached.
          XDG_RUNTIME_DIR: undefined,
          DBUS_SESSION_BUS_ADDRESS: undefined,
        };
  const env = await withPath(context, flags, own, user, log);
  return {
    env,
    cwd: flags.cwd,
    home: account?.home ?? homeDirectory(context.env),
    limits,
    settings: {
      deadlines: flags.deadlines,
      queue: flags.queue,
      directories: flags.directories,
      encoding: await encodingOf(context, flags.encoding),
      user,
      limited: await limitsAround(context, asked, limits, { env: cleaned(env), user }),
      guardian: flags.keepOnExit ? undefined : context.guardian(log),
    },
  };
}

function takeGroups(context: CliContext, name: string, gid: number): void {
  try {
    context.takeGroupsOf(name, gid);
  } catch (error) {
    throw new UserError(`Cannot run commands as "${name}": ${messageOf(error)}`, { cause: error });
  }
}

async function withPath(
  { clock, spawner, files, machine }: CliContext,
  { loginPath: asked, pathBefore, pathAfter, account }: NodeExecFlags,
  env: Env,
  user: ExecutionSettings["user"],
  log: Log,
): Promise<Env> {
  if (!asked && pathBefore.length === 0 && pathAfter.length === 0) return env;
  const windows = machine.platform === "win32";
  let inherited = env["PATH"] ?? env["Path"] ?? "";
  if (asked && !windows) {
    const passwd = files.readText("/etc/passwd") ?? "";
    const shell =
      account?.shell ?? env["SHELL"] ?? accountIn(passwd, machine.uid ?? -1)?.shell ?? "/bin/sh";
    const options = { shell, cwd: "/", env: cleaned(env), user };
    const found = await loginPath({ clock, spawner }, options);
    if (found === undefined) {
      log.warn(`the login shell ${shell} did not say its PATH in time; the inherited one is used`);
    } else inherited = found;
  }
  const path = [...pathBefore, ...(inherited === "" ? [] : [inherited]), ...pathAfter];
  const { Path: _path, ...others } = env;
  return { ...others, PATH: path.join(windows ? ";" : ":") };
}

/** What a child may inherit. */
function cleaned(inherited: Env): Readonly<Record<string, string>> {
  const built = buildEnvironment({ inherited, overrides: {}, strict: false, windows: false });
  return built.ok ? built.env : {};
}

/** Windows programs print in the console's code page, all others in UTF-8. */
async function encodingOf(
  context: CliContext,
  chosen: NodeExecFlags["encoding"],
): Promise<OutputEncoding> {
  const windows = context.machine.platform === "win32";
  if (chosen !== undefined && chosen !== "auto") return chosen;
  if (chosen === undefined && !windows) return utf8Output;
  const machine = windows ? await consoleEncoding(context) : localeEncoding(context.env);
  return parseEncoding("auto", machine ?? "utf-8") ?? utf8Output;
}

/** `chcp` says "Active code page: 850" in the system's language. */
async function consoleEncoding({ clock, spawner, env }: CliContext): Promise<string | undefined> {
  const shell = env["ComSpec"] ?? String.raw`C:\Windows\System32\cmd.exe`;
  const argv = [shell, "/d", "/c", "chcp"];
  const command = startCommand(
    { clock, spawner },
    { program: shell, argv, cwd: "C:\\", env: cleaned(env), timeoutMs: trialMs },
  );
  const { stdout } = await command.outcome;
  const page = /\d+/.exec(render(stdout))?.[0];
  return page === undefined ? undefined : nameOfCodePage(page);
}

/** The part behind the dot of `de_DE.ISO-8859-1`. */
function localeEncoding(env: Env): string | undefined {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find(Boolean) ?? "";
  return /\.([^@]+)/.exec(locale)?.[1];
}
