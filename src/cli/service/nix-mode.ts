import { UserError } from "../../lib/errors.ts";
import type { CliContext } from "../context.ts";

/** Where Nix owns the configuration, services are declared there; the words are the reference's. */
export function refuseInNixMode({ env }: CliContext, action: "install" | "uninstall"): void {
  if (env["CLAWDBOT_NIX_MODE"] !== "1") return;
  throw new UserError(`Nix mode detected; service ${action} is disabled.`);
}
