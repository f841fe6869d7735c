/** Checks the flags about execution before anything of the state directory is touched. */
import { isAbsolute, resolve } from "node:path";

import type { ParsedArgs } from "citty";

import {
  type ProcessLimits,
  joinedLimits,
  limitNames,
  readLimit,
  wantedLimit,
} from "../../exec/process-limits.ts";
import { type OutputEncoding, parseEncoding } from "../../exec/output-encoding.ts";
import { type UserAccount, accountIn } from "../../exec/user-account.ts";
import { longestTimerMs, parseDuration } from "../../lib/duration.ts";
import { UsageError } from "../../lib/errors.ts";
import type { DeadlineSettings } from "../../node/run-deadline.ts";
import { type DirectoryMapping, parseMapping } from "../../node/run-directory.ts";
import { type QueueLimits, defaultQueueLimits } from "../../node/run-queue.ts";
import type { CliContext } from "../context.ts";
import type { nodeExecArgs } from "./node-exec-args.ts";

export interface NodeExecFlags {
  readonly deadlines: DeadlineSettings;
  readonly queue: QueueLimits;
  readonly keepOnExit: boolean;
  readonly pathBefore: readonly string[];
  readonly pathAfter: readonly string[];
  readonly loginPath: boolean;
  readonly cwd: string;
  readonly directories: readonly DirectoryMapping[];
  readonly account: UserAccount | undefined;
  readonly limits: ProcessLimits | undefined;
  /** Undefined: what suits the platform. */
  readonly encoding: OutputEncoding | "auto" | undefined;
}

type Args = ParsedArgs<typeof nodeExecArgs>;

export function nodeExecFlags(
  context: CliContext,
  args: Args,
  mappings: readonly string[],
): NodeExecFlags {
  const maxRuntime = given(args, "max-runtime", durationOf, "a duration like 30s, 5m or 1h30m");
  return {
    deadlines: {
      maxRuntimeMs: maxRuntime,
      keepAfterGateway: args["on-gateway-timeout"] === "keep",
    },
    queue: {
      ...defaultQueueLimits,
      running:
        given(args, "max-concurrent", (text) => numberOf(text, 10_000), "a number, 1 to 10000") ??
        defaultQueueLimits.running,
    },
    keepOnExit: args["on-exit"] === "keep",
    pathBefore: directoriesOf(context, args, "path-prepend"),
    pathAfter: directoriesOf(context, args, "path-append"),
    loginPath: args["login-path"] === true,
    cwd: workingDirectory(context, args["default-cwd"]),
    directories: mappings.map((text) => mappingOf(context, text)),
    account: accountOf(context, args["run-as"]),
    limits: limitsOf(context, args),
    encoding: given(
      args,
      "output-encoding",
      encodingOf,
      "utf-8, auto, or a name like gbk or cp850",
    ),
  };
}

/** Reads a flag's value; one that cannot be read is a wrong command line. */
function given<T>(
  args: Args,
  name: keyof typeof nodeExecArgs,
  read: (text: string) => T | undefined,
  wanted: string,
): T | undefined {
  const text: unknown = args[name];
  if (typeof text !== "string") return undefined;
  const value = read(text);
  if (value !== undefined) return value;
  throw new UsageError(`Cannot use --${name} "${text}": wanted is ${wanted}`);
}

function durationOf(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms === undefined || ms <= 0 || ms > longestTimerMs ? undefined : ms;
}

function numberOf(text: string, most: number): number | undefined {
  const value = Number(text);
  return /^\d{1,9}$/.test(text) && value >= 1 && value <= most ? value : undefined;
}

function encodingOf(text: string): OutputEncoding | "auto" | undefined {
  return text.trim().toLowerCase() === "auto" ? "auto" : parseEncoding(text, "utf-8");
}

/** A relative entry would let the working directory of a command choose the program. */
function directoriesOf(
  { machine }: CliContext,
  args: Args,
  name: "path-prepend" | "path-append",
): readonly string[] {
  const separator = machine.platform === "win32" ? ";" : ":";
  const entries = (args[name] ?? "").split(separator).filter((entry) => entry !== "");
  const relative = entries.find((entry) => !isAbsolute(entry));
  if (relative === undefined) return entries;
  throw new UsageError(
    `Cannot use --${name} "${relative}": a relative directory would depend on each command, wanted are absolute ones`,
  );
}

function workingDirectory({ machine, files }: CliContext, text: string | undefined): string {
  if (text === undefined) return machine.cwd;
  const path = resolve(machine.cwd, text);
  requireDirectory({ files }, path, `--default-cwd "${text}"`);
  return path;
}

function mappingOf(context: CliContext, text: string): DirectoryMapping {
  const mapping = parseMapping(text);
  if (mapping === undefined) {
    throw new UsageError(
      `Cannot use --cwd-map "${text}": wanted is FROM=TO, FROM being an absolute directory of the gateway's machine`,
    );
  }
  const to = resolve(context.machine.cwd, mapping.to);
  requireDirectory(context, to, `--cwd-map "${text}"`);
  return { from: mapping.from, to };
}

function requireDirectory({ files }: Pick<CliContext, "files">, path: string, flag: string): void {
  const real = files.realPath(path);
  const kind = real === undefined ? undefined : files.stat(real, false)?.kind;
  if (kind === "directory") return;
  const state = kind === undefined ? "does not exist" : "is not a directory";
  throw new UsageError(`Cannot use ${flag}: "${path}" ${state}`);
}

function accountOf(
  { files, machine }: CliContext,
  name: string | undefined,
): UserAccount | undefined {
  if (name === undefined) return undefined;
  if (machine.uid !== 0) {
    throw new UsageError(
      `Cannot use --run-as "${name}": only root can start commands as somebody else`,
    );
  }
  const account = accountIn(files.readText("/etc/passwd") ?? "", name);
  if (account !== undefined) return account;
  throw new UsageError(`Cannot use --run-as "${name}": /etc/passwd has no such user`);
}

function limitsOf({ machine }: CliContext, args: Args): ProcessLimits | undefined {
  let limits: Partial<ProcessLimits> | undefined;
  for (const name of limitNames) {
    const read = (text: string): Partial<ProcessLimits> | undefined => readLimit(name, text);
    limits = joinedLimits(limits, given(args, `limit-${name}`, read, wantedLimit[name]));
  }
  const joined = joinedLimits(undefined, limits);
  if (joined === undefined || machine.platform !== "win32") return joined;
  throw new UsageError("Cannot use --limit-memory, --limit-cpu or --limit-processes on Windows");
}
