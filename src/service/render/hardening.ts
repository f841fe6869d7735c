/**
 * Settings of systemd that take rights away. They hold for every command that the host runs, too:
 * that is why there are none by default. `MemoryDenyWriteExecute` is never among them, because the
 * program compiles its own code at run time.
 */
import type { Hardening, Scope } from "../service-spec.ts";
import { systemdWord } from "./escape.ts";

/** Needs no name space of its own, so that a user's service manager can do it as well. */
const basicAnywhere = [
  "NoNewPrivileges=yes",
  "LockPersonality=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "SystemCallArchitectures=native",
];
const basicSystem = [
  "PrivateTmp=yes",
  "ProtectSystem=full",
  "ProtectKernelTunables=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelLogs=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
];
const strictAnywhere = [
  "RestrictNamespaces=yes",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "UMask=0077",
];

export function hardeningLines(level: Hardening, scope: Scope, writable: string): string[] {
  if (level === "none") return [];
  const system = scope === "system";
  const basic = [...basicAnywhere, ...(system ? basicSystem : [])];
  if (level === "basic") return basic;
  const strictSystem = [
    "ProtectSystem=strict",
    `ReadWritePaths=${systemdWord(`-${writable}`)}`,
    "ProtectHome=read-only",
    "PrivateDevices=yes",
    "ProtectProc=invisible",
    "CapabilityBoundingSet=",
    "AmbientCapabilities=",
  ];
  return [
    ...basic.filter((line) => line !== "ProtectSystem=full"),
    ...strictAnywhere,
    ...(system ? strictSystem : []),
  ];
}
