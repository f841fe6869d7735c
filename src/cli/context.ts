/** What a command's handler may use of the machine; made once, by the real adapters. */
import { hostname } from "node:os";

import type {
  Clock,
  ControlSockets,
  DatabaseReader,
  Downloads,
  Files,
  GroupLimits,
  Guardian,
  KernelLock,
  LimitName,
  Log,
  NetworkProbe,
  ProgramFiles,
  Random,
  ServiceNotifier,
  SocketFactory,
  TextFetcher,
  Spawner,
  SqlFiles,
  TextSink,
  WebSocketServer,
} from "../platform/ports.ts";
import { systemClock, systemRandom } from "../platform/clock.ts";
import { processRuns } from "../platform/process-runs.ts";
import { systemFiles } from "../platform/files.ts";
import { type LogFormat, createLog } from "../platform/log.ts";
import { rotatedFile } from "../platform/rotated-file.ts";
import { systemSpawner } from "../platform/child-process.ts";
import { startGuardian } from "../platform/run-guardian.ts";
import { startJobGuardian } from "../platform/run-job.ts";
import { takeGroupsOf } from "../platform/supplementary-groups.ts";
import {
  processSignals,
  readStandardInput,
  standardError,
  standardOutput,
} from "../platform/terminal.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../platform/temporary-directory.ts";
import { systemTextFetcher } from "../platform/text-fetcher.ts";
import { systemSockets } from "../platform/websocket-client.ts";
import { systemWebSocketServer } from "../platform/websocket-server.ts";
import { Redactor } from "../lib/redact.ts";

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Data. */
  readonly out: TextSink;
  /** Everything else. */
  readonly err: TextSink;
  readonly machine: {
    readonly platform: string;
    readonly hostname: string;
    readonly pid: number;
    /** Undefined where users have no number. */
    readonly uid: number | undefined;
    readonly cwd: string;
    /** Words that start this very program again. */
    readonly self: readonly string[];
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly sockets: SocketFactory;
  readonly servers: WebSocketServer;
  readonly fetcher: TextFetcher;
  readonly spawner: Spawner;
  readonly redactor: Redactor;
  /** Whether there is a process of this id, of whichever user. */
  processRuns(pid: number): boolean;
  /** What this process holds in memory. */
  memoryBytes(): number;
  /** Collects all garbage at once, and gives back to the system what is free. */
  releaseMemory(): void;
  /** Undefined where nothing can end others when this process is gone. */
  guardian(log: Pick<Log, "debug" | "warn">): Guardian | undefined;
  /** Makes control groups ready for such limits. Loaded only where somebody has some. */
  groupLimits(wanted: readonly LimitName[]): Promise<GroupLimits>;
  /** Gives commands the groups of a user; throws what the system says. */
  takeGroupsOf(user: string, gid: number): void;
  /** On standard error, or in a file that is rotated. */
  log(format: LogFormat, verbose: boolean, file?: string): Log;
  /** Loaded only by commands that hold the state directory. */
  kernelLock(): Promise<KernelLock>;
  /** Loaded only by commands that speak with the running host, and by that. */
  controlSockets(): Promise<ControlSockets>;
  /** Loaded only where the way to a gateway is looked at link by link. */
  networkProbe(): Promise<NetworkProbe>;
  /** Loaded only where another program's database is read. */
  databaseReader(): Promise<DatabaseReader>;
  /** Loaded only by commands that keep or read the journal. */
  databases(): Promise<SqlFiles>;
  /** Loaded only where a service manager asks for it; undefined where it cannot be reached. */
  serviceNotifier(address: string): Promise<ServiceNotifier | undefined>;
  /** Loaded only by `update`. */
  downloads(): Promise<Downloads>;
  /** Loaded only by `update`. */
  programFiles(): Promise<ProgramFiles>;
  readStandardInput(): Promise<string>;
  temporaryDirectory(prefix: string): TemporaryDirectory;
  /** Calls back for every signal until it is cancelled. */
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Ends the process at once, with whatever is still under way. */
  exit(code: number): never;
}

/** What main.ts, the only owner of the process, hands in. */
type ProcessFacts = Pick<CliContext, "env" | "exit"> & Omit<CliContext["machine"], "hostname">;

export function systemContext({ env, exit, ...machine }: ProcessFacts): CliContext {
  const redactor = new Redactor();
  const out = standardOutput();
  const err = standardError();
  return {
    env,
    exit,
    out,
    err,
    machine: { ...machine, hostname: hostname() },
    clock: systemClock,
    random: systemRandom,
    files: systemFiles,
    sockets: systemSockets,
    servers: systemWebSocketServer,
    fetcher: systemTextFetcher,
    spawner: systemSpawner,
    redactor,
    processRuns,
    memoryBytes: () => process.memoryUsage.rss(),
    releaseMemory: () => {
      Bun.gc(true);
      Bun.shrink();
    },
    guardian: (log) =>
      machine.platform === "win32"
        ? startJobGuardian((message) => log.debug(message))
        : startGuardian((message) => log.warn(message)),
    groupLimits: async (wanted) =>
      (await import("../platform/limit-controllers.ts")).enableLimits(wanted),
    takeGroupsOf,
    log: (format, verbose, file) =>
      createLog({
        format,
        verbose,
        sink: file === undefined ? err : rotatedFile(file),
        redactor,
        colors: file === undefined && err.isTerminal && !env["NO_COLOR"],
        dated: file !== undefined,
      }),
    kernelLock: async () => (await import("../platform/kernel-lock.ts")).systemKernelLock,
    controlSockets: async () =>
      (await import("../platform/control-socket.ts")).systemControlSockets,
    networkProbe: async () => (await import("../platform/network-probe.ts")).systemNetworkProbe,
    databaseReader: async () => (await import("../platform/sqlite-copy.ts")).systemDatabaseReader,
    databases: async () => (await import("../platform/database.ts")).systemDatabases,
    serviceNotifier: async (address) =>
      (await import("../platform/service-notifier.ts")).systemNotifier(address),
    downloads: async () => (await import("../platform/downloads.ts")).systemDownloads,
    programFiles: async () => (await import("../platform/program-files.ts")).systemProgramFiles,
    readStandardInput,
    temporaryDirectory,
    onSignal: processSignals,
  };
}
