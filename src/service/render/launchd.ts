/** A property list of launchd: an agent of one user, or a daemon of the machine. */
import type { ServiceSpec } from "../service-spec.ts";
import { xmlText } from "./escape.ts";
import { serviceVariables } from "./service-variables.ts";

type Value = string | number | boolean | readonly string[] | { readonly [key: string]: Value };

/** Seconds between the end of the drain and the moment when launchd ends everything. */
const graceSeconds = 15;

/** `crashLog` gets what a host says when it cannot even open its own log. */
export function launchdPlist(spec: ServiceSpec, crashLog: string): string {
  const root = {
    Label: spec.names.label,
    Comment: spec.description,
    ...(spec.account === undefined ? {} : { UserName: spec.account.name }),
    ProgramArguments: spec.argv,
    EnvironmentVariables: serviceVariables(spec),
    WorkingDirectory: spec.workingDirectory,
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
    // launchd knows no exit codes: what cannot work is tried again, but seldom.
    ThrottleInterval: 30,
    ExitTimeOut: spec.drainSeconds + graceSeconds,
    // Without it the system slows the commands of a daemon down.
    ProcessType: "Interactive",
    StandardOutPath: crashLog,
    StandardErrorPath: crashLog,
  } satisfies Record<string, Value>;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    ...render(root, ""),
    "</plist>",
    "",
  ].join("\n");
}

function render(value: Value, indent: string): string[] {
  if (typeof value === "string") return [`${indent}<string>${xmlText(value)}</string>`];
  if (typeof value === "number") return [`${indent}<integer>${value}</integer>`];
  if (typeof value === "boolean") return [`${indent}<${value}/>`];
  const inner = `${indent}  `;
  if (isList(value)) {
    return [
      `${indent}<array>`,
      ...value.flatMap((item) => render(item, inner)),
      `${indent}</array>`,
    ];
  }
  const entries = Object.entries(value).flatMap(([key, item]) => [
    `${inner}<key>${xmlText(key)}</key>`,
    ...render(item, inner),
  ]);
  return [`${indent}<dict>`, ...entries, `${indent}</dict>`];
}

function isList(value: Value): value is readonly string[] {
  return Array.isArray(value);
}
