/** `system.execApprovals.get` and `set`: the policy file, edited from the gateway. */
import { parsePolicy } from "../../approvals/policy.ts";
import { type JsonObject, isObject } from "../../lib/json.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Log, Random } from "../../platform/ports.ts";
import { approvalsSetParams } from "../../protocol/exec-approvals.ts";
import type { ApprovalsStore } from "../../state/approvals-file.ts";
import { type InvokeHandler, invalidParams } from "../invoke.ts";

export function getApprovals(store: ApprovalsStore): InvokeHandler {
  return () => ({ ok: true, payload: store.snapshot() });
}

export interface SetApprovalsOptions {
  /** Edits from the gateway are refused. */
  readonly locked: boolean;
}

export function setApprovals(
  store: ApprovalsStore,
  random: Random,
  log: Log,
  { locked }: SetApprovalsOptions,
): InvokeHandler {
  return ({ params }) => {
    if (locked) {
      log.warn("refused to let the gateway change the exec approvals: they are locked");
      return {
        ok: false,
        code: "UNAVAILABLE",
        message:
          "exec approvals are locked on this node; change them on the node itself: clawdbot approvals allowlist add PATTERN",
      };
    }
    const parsed = approvalsSetParams.safeParse(params);
    if (!parsed.success) return invalidParams("exec approvals file required");
    const current = store.read();
    const before = store.snapshot();
    const base = parsed.data.baseHash?.trim() ?? "";
    if (before.exists && base === "") {
      return invalidParams("exec approvals base hash required; reload and retry");
    }
    if (base !== "" && base !== before.hash) {
      return invalidParams("exec approvals changed; reload and retry");
    }
    if (current.kind === "unusable") {
      return invalidParams(
        `the file on this node cannot be used and was left as it is: ${current.problem}`,
      );
    }
    const policy = parsePolicy(parsed.data.file);
    if (!policy.ok) return invalidParams(`exec approvals file cannot be used: ${policy.problem}`);
    const stored = current.kind === "file" ? current.value : undefined;
    try {
      store.write(withDeny(withIds(withSocket(parsed.data.file, stored), random), stored));
    } catch (error) {
      return { ok: false, code: "UNAVAILABLE", message: messageOf(error) };
    }
    log.info("exec approvals changed by the gateway", { problems: policy.policy.problems.length });
    return { ok: true, payload: store.snapshot() };
  };
}

/** The socket's secret never travels, so what comes back without it keeps the stored one. */
function withSocket(file: JsonObject, stored: unknown): JsonObject {
  const kept = isObject(stored) && isObject(stored["socket"]) ? stored["socket"] : undefined;
  const given = isObject(file["socket"]) ? file["socket"] : undefined;
  return kept === undefined && given === undefined
    ? file
    : { ...file, socket: { ...kept, ...given } };
}

/** The deny list is the owner's: it never travels, and nothing that comes back changes it. */
function withDeny({ deny: _deny, ...file }: JsonObject, stored: unknown): JsonObject {
  const kept = isObject(stored) ? stored["deny"] : undefined;
  return kept === undefined ? file : { ...file, deny: kept };
}

/** Entries are known by their ids elsewhere; one that has none gets one. */
function withIds(file: JsonObject, random: Random): JsonObject {
  const agents = file["agents"];
  if (!isObject(agents)) return file;
  const named = Object.entries(agents).map(([id, agent]): [string, unknown] => {
    const allowlist: unknown = isObject(agent) ? agent["allowlist"] : undefined;
    if (!isObject(agent) || !Array.isArray(allowlist)) return [id, agent];
    const entries = allowlist.map((entry: unknown) =>
      isObject(entry) && entry["id"] === undefined ? { id: random.uuid(), ...entry } : entry,
    );
    return [id, { ...agent, allowlist: entries }];
  });
  return { ...file, agents: Object.fromEntries(named) };
}
