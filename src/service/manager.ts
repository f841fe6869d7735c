/** What every service manager can do, in terms of plans. */
import type { Clock, Files } from "../platform/ports.ts";
import type { CommandRunner } from "./command-runner.ts";
import type { Step } from "./plan.ts";
import type { GeneratedFile, Scope, ServiceNames, ServiceSpec } from "./service-spec.ts";

/** Names and types are the reference's; more keys may follow. */
export interface Runtime {
  readonly status: "running" | "stopped" | "unknown";
  readonly state?: string;
  readonly subState?: string;
  readonly pid?: number;
  readonly lastExitStatus?: number;
  readonly lastExitReason?: string;
  readonly restarts?: number;
  readonly since?: string;
  /** What is wrong or noteworthy, in words. */
  readonly detail?: string;
  readonly missingUnit?: boolean;
}

export interface Observation {
  /** The manager starts it by itself: enabled, loaded, registered. */
  readonly loaded: boolean;
  readonly runtime: Runtime;
  /** It has just ended and will be, or would have to be, started again. */
  readonly failed: boolean;
  /** Files that change the definition, made by the administrator. */
  readonly dropIns: readonly string[];
}

/** Where a service is, and whose it is. */
export interface ServicePlace {
  readonly names: ServiceNames;
  readonly scope: Scope;
  /** Home of whom the service runs as. */
  readonly home: string;
  readonly stateDirectory: string;
  readonly dataDirectory: string;
  /** Who installs. */
  readonly uid: number | undefined;
  readonly userName: string;
}

export interface ManagerPorts {
  readonly files: Files;
  readonly runner: CommandRunner;
  readonly clock: Clock;
}

export type LogSource =
  | { readonly kind: "command"; readonly argv: readonly string[] }
  | { readonly kind: "files"; readonly paths: readonly string[] };

export interface LogRequest {
  readonly lines: number;
  readonly follow: boolean;
}

export interface ServiceManager {
  readonly kind: "systemd" | "launchd" | "task" | "openrc" | "rc";
  readonly label: string;
  readonly loadedText: string;
  readonly notLoadedText: string;
  /** The file that makes the service. */
  readonly definition: string;
  /** How a person looks at the log. */
  readonly logsHint: string;
  /** The definition and what it needs besides secrets. */
  render(spec: ServiceSpec): readonly GeneratedFile[];
  observe(): Promise<Observation>;
  /** Before the files are written. */
  prepare(spec: ServiceSpec, before: Observation): readonly Step[];
  /** After the files are written: the service runs, and starts by itself from now on. */
  activate(spec: ServiceSpec, before: Observation): readonly Step[];
  /** Before the files are removed. */
  deactivate(): readonly Step[];
  /** After the files are removed. */
  forget(): readonly Step[];
  start(): readonly Step[];
  stop(): readonly Step[];
  restart(): readonly Step[];
  logs(request: LogRequest): LogSource;
}
