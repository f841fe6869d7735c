/** Which commands may be sent to a node: those of its platform that it has declared. */

const system = [
  "system.run",
  "system.which",
  "system.notify",
  "system.execApprovals.get",
  "system.execApprovals.set",
  "browser.proxy",
];
const device = [
  "canvas.present",
  "canvas.hide",
  "canvas.navigate",
  "canvas.eval",
  "canvas.snapshot",
  "canvas.a2ui.push",
  "canvas.a2ui.pushJSONL",
  "canvas.a2ui.reset",
  "camera.list",
  "camera.snap",
  "camera.clip",
  "screen.record",
  "location.get",
];
const phone = ["sms.send"];

type Platform = "ios" | "android" | "macos" | "windows" | "linux" | "unknown";

const commandsOf: Readonly<Record<Platform, readonly string[]>> = {
  ios: device,
  android: [...device, ...phone],
  macos: [...device, ...system],
  windows: system,
  linux: system,
  unknown: [...device, ...phone, ...system],
};

const platformPrefixes: readonly (readonly [string, Platform])[] = [
  ["ios", "ios"],
  ["android", "android"],
  ["mac", "macos"],
  ["darwin", "macos"],
  ["win", "windows"],
  ["linux", "linux"],
];

const familyWords: readonly (readonly [string, Platform])[] = [
  ["iphone", "ios"],
  ["ipad", "ios"],
  ["ios", "ios"],
  ["android", "android"],
  ["mac", "macos"],
  ["windows", "windows"],
  ["linux", "linux"],
];

export interface PlatformClaim {
  readonly platform: string;
  readonly deviceFamily?: string | undefined;
}

/** The declared commands that its platform may have, sorted. */
export function servedCommands(claim: PlatformClaim, declared: readonly string[]): string[] {
  const allowed = commandsOf[platformOf(claim)];
  const names = declared.map((name) => name.trim()).filter((name) => allowed.includes(name));
  return [...new Set(names)].toSorted();
}

/** Why a command may not be sent; undefined when it may. */
export function commandRefusal(
  claim: PlatformClaim,
  served: readonly string[],
  command: string,
): string | undefined {
  if (!commandsOf[platformOf(claim)].includes(command)) return "command not allowlisted";
  if (served.length === 0) return "node did not declare commands";
  return served.includes(command) ? undefined : "command not declared by node";
}

function platformOf(claim: PlatformClaim): Platform {
  const platform = claim.platform.trim().toLowerCase();
  const family = claim.deviceFamily?.trim().toLowerCase() ?? "";
  return (
    platformPrefixes.find(([prefix]) => platform.startsWith(prefix))?.[1] ??
    familyWords.find(([word]) => family.includes(word))?.[1] ??
    "unknown"
  );
}
