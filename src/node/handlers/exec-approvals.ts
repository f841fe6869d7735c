/** `system.execApprovals.get` and `set`: the policy file, edited from the gateway. */
import type { AllowlistChange } from "../../approvals/edit.ts";
import { resolvedDefaults } from "../../approvals/effective.ts";
import { type Policy, emptyPolicy, parsePolicy } from "../../approvals/policy.ts";
import { type JsonObject, isObject } from "../../lib/json.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Log, Random } from "../../platform/ports.ts";
import {
  type ApprovalsSetParams,
  approvalsGetParams,
  approvalsSetParams,
} from "../../protocol/exec-approvals.ts";
import type { ApprovalsStore } from "../../state/approvals-file.ts";
import type { CurrentApprovals, EditApprovals } from "../edit-approvals.ts";
import { type InvokeHandler, invalidParams } from "../invoke.ts";

export function getApprovals(store: ApprovalsStore): InvokeHandler {
  return ({ params }) => {
    const read = approvalsGetParams.safeParse(params ?? {});
    if (!read.success) return invalidParams("includeResolvedDefaults must be boolean");
    const snapshot = store.snapshot();
    if (read.data.includeResolvedDefaults !== true) return { ok: true, payload: snapshot };
    return {
      ok: true,
      payload: { ...snapshot, resolvedDefaults: resolvedDefaults(policyIn(store)) },
    };
  };
}

/** Undefined: there is a file, and nothing in it can be relied on. */
function policyIn(store: ApprovalsStore): Policy | undefined {
  const stored = store.read();
  if (stored.kind === "missing") return emptyPolicy;
  const parsed = stored.kind === "file" ? parsePolicy(stored.value) : undefined;
  return parsed?.ok === true ? parsed.policy : undefined;
}

export interface SetApprovalsOptions {
  /** Edits from the gateway are refused. */
  readonly locked: boolean;
}

export function setApprovals(
  edit: EditApprovals,
  random: Random,
  log: Log,
  { locked }: SetApprovalsOptions,
): InvokeHandler {
  return async ({ params }) => {
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
    try {
      const { change, snapshot } = await edit((current) =>
        replacement(current, parsed.data, random),
      );
      if (change.refused !== undefined) return invalidParams(change.refused);
      log.info("exec approvals changed by the gateway", { problems: change.problems });
      return { ok: true, payload: snapshot };
    } catch (error) {
      return { ok: false, code: "UNAVAILABLE", message: messageOf(error) };
    }
  };
}

interface Replacement extends AllowlistChange {
  /** Why the file stays as it is. */
  readonly refused?: string;
  /** Parts of the new file that have no effect. */
  readonly problems: number;
}

function replacement(
  { file: stored, exists, hash }: CurrentApprovals,
  { file, baseHash }: ApprovalsSetParams,
  random: Random,
): Replacement {
  const refuse = (refused: string): Replacement => ({
    file: stored,
    changed: false,
    refused,
    problems: 0,
  });
  const base = baseHash?.trim() ?? "";
  if (exists && base === "") return refuse("exec approvals base hash required; reload and retry");
  if (base !== "" && base !== hash) return refuse("exec approvals changed; reload and retry");
  const policy = parsePolicy(file);
  if (!policy.ok) return refuse(`exec approvals file cannot be used: ${policy.problem}`);
  const next = withDeny(withIds(withSocket(file, stored), random), stored);
  return { file: next, changed: true, problems: policy.policy.problems.length };
}

/** The socket's secret never travels, so what comes back without it keeps the stored one. */
function withSocket(file: JsonObject, stored: JsonObject): JsonObject {
  const kept = isObject(stored["socket"]) ? stored["socket"] : undefined;
  const given = isObject(file["socket"]) ? file["socket"] : undefined;
  return kept === undefined && given === undefined
    ? file
    : { ...file, socket: { ...kept, ...given } };
}

/** The deny list is the owner's: it never travels, and nothing that comes back changes it. */
function withDeny({ deny: _deny, ...file }: JsonObject, stored: JsonObject): JsonObject {
  const kept = stored["deny"];
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
