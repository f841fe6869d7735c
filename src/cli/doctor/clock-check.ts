import { formatDuration } from "../../lib/duration.ts";
import { type Finding, pass, skip, warn } from "./check.ts";

/** Connections are immune to it; logs and the lifetimes of setup codes are not. */
const noteworthyMs = 60_000;

/** `skewMs`: this machine's clock minus the gateway's; undefined: the gateway did not say. */
export function clockFinding(skewMs: number | undefined, platform: string): Finding {
  if (skewMs === undefined) return skip("the gateway did not say its time");
  const apart = Math.abs(skewMs);
  if (apart <= noteworthyMs) return pass("this machine and the gateway agree within a minute");
  const way = skewMs > 0 ? "ahead of" : "behind";
  return warn(
    `this machine is ${formatDuration(apart)} ${way} the gateway`,
    platform === "linux"
      ? "Set the clock that is wrong: sudo timedatectl set-ntp true"
      : "Set the clock that is wrong",
  );
}
