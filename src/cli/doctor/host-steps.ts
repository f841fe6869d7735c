/** The connection as the running host knows it: a second one would push the first one out. */
import { formatDuration } from "../../lib/duration.ts";
import type { HostStatus } from "../../protocol/host-status.ts";
import { type CheckId, type Finding, type Step, fail, pass, skip, warn } from "./check.ts";
import { clockFinding } from "./clock-check.ts";
import { type FixFacts, gatewayFix } from "./gateway-fix.ts";
import { chain, stageOf } from "./stage.ts";

export function hostSteps(
  status: HostStatus,
  facts: FixFacts,
  platform: string,
  proxied: boolean,
): Step[] {
  const { connection, lastError, pairing } = status;
  const failed = connection.state === "retrying" ? lastError : null;
  const failedAt = failed === null ? undefined : stageOf(failed.kind);
  const steps = chain.map((id, index): Step => {
    const previous = chain[index - 1];
    return {
      id,
      ...(previous === undefined ? {} : { needs: [previous] }),
      look() {
        if (failed !== null && id === failedAt) {
          const fix = pairing.approve ?? gatewayFix(failed.kind, facts) ?? failed.hint;
          return fail(`the running host says: ${failed.message}`, fix);
        }
        if (failed === null && connection.state !== "connected" && id !== "settings") {
          return skip(`the running host is ${connection.state}; look again in a moment`);
        }
        return reached(id, status, proxied);
      },
    };
  });
  return [...steps, { id: "clock", look: () => clockFinding(connection.clockSkewMs, platform) }];
}

/** What is known of a link that the host has got past. */
function reached(id: CheckId, status: HostStatus, proxied: boolean): Finding {
  const { connection, gateway, pairing, pid, ts } = status;
  switch (id) {
    case "settings":
      return pass(`${connection.url}, as the running host uses it (pid ${pid})`);
    case "proxy":
      return proxied ? pass("as the running host uses it") : pass("none is used");
    case "tls":
      return connection.url.startsWith("wss:")
        ? pass("the running host accepts the certificate")
        : skip("the connection is not encrypted (ws://)");
    case "upgrade":
      return connection.state === "connected"
        ? pass(`connected for ${formatDuration(Math.max(0, ts - connection.sinceMs))}`)
        : pass("as the running host found it");
    case "protocol":
      return gateway === null
        ? pass("as the running host found it")
        : pass(`protocol ${gateway.protocol}, gateway version ${gateway.version ?? "unknown"}`);
    case "pairing":
      return pairing.state === "commands-wait"
        ? warn(
            "this device is approved, its commands wait for an operator",
            pairing.approve ?? "On the gateway: openclaw nodes pending",
          )
        : pass("an operator has approved this device");
    case "auth":
      return pass("the gateway accepts what the running host offers");
    default:
      return pass("as the running host found it");
  }
}
