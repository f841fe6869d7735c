/** Names of the service; those without a profile are the reference's. */
import type { ServiceNames } from "./service-spec.ts";

/** Every profile is a service of its own. `profile` has been checked by the state directory. */
export function serviceNames(profile: string | undefined): ServiceNames {
  if (profile === undefined || profile === "") {
    return { unit: "clawdbot-node", label: "com.clawdbot.node", task: "Clawdbot Node" };
  }
  return {
    unit: `clawdbot-node-${profile}`,
    label: `com.clawdbot.node.${profile}`,
    task: `Clawdbot Node (${profile})`,
  };
}
