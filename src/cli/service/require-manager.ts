import { UserError } from "../../lib/errors.ts";
import type { ServiceManager } from "../../service/manager.ts";
import type { ServiceTarget } from "./service-target.ts";

export function requireManager({ manager }: ServiceTarget): ServiceManager {
  if (manager !== undefined) return manager;
  throw new UserError(
    "Cannot manage a service here: there is no service manager that this program knows",
    { hint: "See how to start the node by hand: clawdbot node install --print" },
  );
}
