/** Flags of `node run` about how commands are executed; `node install` takes the same. */
import type { ArgsDef } from "citty";

import { defaultQueueLimits } from "../../node/run-queue.ts";

export const nodeExecArgs = {
  "max-runtime": {
    type: "string",
    valueHint: "DURATION",
    description: "No command runs longer, e.g. 2h (default: as long as its caller allows)",
  },
  "on-gateway-timeout": {
    type: "enum",
    options: ["stop", "keep"],
    default: "stop",
    valueHint: "ACTION",
    description: "A gateway that named a timeout gives up soon: stop the command, or keep it",
  },
  "on-exit": {
    type: "enum",
    options: ["kill", "keep"],
    default: "kill",
    valueHint: "ACTION",
    description: "When this host is killed or crashes: kill its running commands, or keep them",
  },
  "max-concurrent": {
    type: "string",
    valueHint: "COUNT",
    description: `Commands that run at once (default ${defaultQueueLimits.running}); ${defaultQueueLimits.waiting} more wait, sessions in turn`,
  },
  "path-prepend": {
    type: "string",
    valueHint: "DIRS",
    description: "Directories ahead of PATH, for commands and for finding programs",
  },
  "path-append": {
    type: "string",
    valueHint: "DIRS",
    description: "Directories behind PATH",
  },
  "login-path": {
    type: "boolean",
    description: "Use the PATH that your login shell sets; asked once, at start, for at most 3 s",
  },
  "default-cwd": {
    type: "string",
    valueHint: "DIR",
    description: "Directory of commands that name none (default: where this host was started)",
  },
  "cwd-map": {
    type: "string",
    valueHint: "FROM=TO",
    description: "Use TO where the gateway says FROM or a directory below it; may be repeated",
  },
  "run-as": {
    type: "string",
    valueHint: "USER",
    description: "Run commands as this user, with its groups and home; needs root",
  },
  "limit-memory": {
    type: "string",
    valueHint: "SIZE",
    description: "Memory of a command with all its processes, e.g. 4G",
  },
  "limit-cpu": {
    type: "string",
    valueHint: "DURATION",
    description: "Processor time of a command with all its processes, in whole seconds, e.g. 10m",
  },
  "limit-processes": {
    type: "string",
    valueHint: "COUNT",
    description: "Processes and threads that a command may have at once",
  },
  "output-encoding": {
    type: "string",
    valueHint: "NAME",
    description: "What commands print in: utf-8, auto, or a name like gbk or cp850",
  },
} as const satisfies ArgsDef;

export const repeatableExecArgs = ["cwd-map"] as const;

/** What the flags above do not say in a line. */
export const nodeExecDetails: readonly string[] = [
  [
    "A command is stopped by its own time limit, by --max-runtime, or because the gateway's request",
    "names a timeout: then up to three seconds before it, so that what was printed still arrives.",
    "With --on-gateway-timeout keep such a command goes on, and only the event exec.finished tells how",
    "it ended. A gateway that names no timeout stops nothing.",
  ].join("\n"),
  [
    "A stopped command ends with all its processes, daemons too: SIGTERM, SIGKILL two seconds later,",
    "on Windows at once. So do the commands of a host that is killed, unless --on-exit keep. What a",
    "command that ends by itself leaves running stays.",
  ].join("\n"),
  [
    "The limits hold for a command with all its processes where this host has a control group (v2) of",
    "its own, as in the service that `node install` makes. Elsewhere `ulimit` is used: for the address",
    "space and the processor time of each process alone, and for all processes of the user, unless that",
    "is root. `node status` tells which; on Windows there are none.",
  ].join("\n"),
  [
    "Output is taken for UTF-8. With --output-encoding auto, the default on Windows, other bytes are",
    "decoded by the console's code page, elsewhere by the locale.",
  ].join("\n"),
];
