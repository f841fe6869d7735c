/** Every method that this gateway serves. */
import * as z from "zod/mini";

import type { Clock, Log, Random } from "../../platform/ports.ts";
import type { MethodName } from "../../protocol/access.ts";
import { type Method, done, method } from "../answer.ts";
import type { ApprovalBook } from "../approval-book.ts";
import type { DeviceBook } from "../device-book.ts";
import type { Invocations } from "../invocations.ts";
import type { NodeRegistry } from "../node-registry.ts";
import type { Peers } from "../peers.ts";
import { devicePairingMethods } from "./device-pairing.ts";
import { execApprovalMethods } from "./exec-approval.ts";
import { nodeInvokeMethods } from "./node-invoke.ts";
import { nodeListMethods } from "./node-list.ts";
import { nodeSideMethods } from "./node-side.ts";

export interface MethodDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly devices: DeviceBook;
  readonly peers: Peers;
  readonly nodes: NodeRegistry;
  readonly invocations: Invocations;
  readonly approvals: ApprovalBook;
}

export type Methods = Readonly<Record<MethodName, Method>>;

export function allMethods(deps: MethodDeps): Methods {
  const nothing = z.object({});
  return {
    health: method("health", nothing, () => done({ ok: true, ts: deps.clock.now() })),
    status: method("status", nothing, () => done({ ok: true })),
    // The reference's second store, which gates nothing; its operators' tools ask for it.
    "node.pair.list": method("node.pair.list", nothing, () => done({ pending: [], paired: [] })),
    ...nodeListMethods(deps),
    ...devicePairingMethods(deps),
    ...nodeInvokeMethods(deps),
    ...execApprovalMethods(deps),
    ...nodeSideMethods(deps),
  };
}
