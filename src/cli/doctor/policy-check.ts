import { shellQuote } from "../../lib/display-text.ts";
import { summarizePolicy } from "../../node/policy-report.ts";
import type { Files } from "../../platform/ports.ts";
import { approvalsStore } from "../../state/approvals-file.ts";
import { type Finding, fail, pass, warn } from "./check.ts";

/** `uid`: whom the file has to belong to. */
export function policyFinding(files: Files, path: string, uid: number | undefined): Finding {
  const summary = summarizePolicy(approvalsStore(files, path, uid), path);
  const { problem, warnings, exists, security, ask, allowlist } = summary;
  const file = shellQuote(path);
  const mode = modeOf(files, path);
  if (problem !== undefined) {
    const open = uid !== undefined && (mode & 0o002) !== 0;
    return fail(
      `every command is denied: ${problem}`,
      open
        ? `chmod 600 ${file}`
        : `Mend it, or move it away: mv ${file} ${shellQuote(`${path}.broken`)}`,
    );
  }
  const entries = `${allowlist} ${allowlist === 1 ? "entry" : "entries"}`;
  const fact = `${security}, ask ${ask}, allowlist of ${entries}`;
  if (!exists) return pass(`${fact} (built-in: there is no file yet)`);
  if (warnings.length > 0) return warn(warnings.join("; "), "See it: clawdbot approvals get");
  if (uid !== undefined && (mode & 0o020) !== 0) {
    return warn(`${fact}; its group may write it`, `chmod 600 ${file}`);
  }
  return pass(fact);
}

function modeOf(files: Files, path: string): number {
  try {
    return files.stat(path, true)?.mode ?? 0;
  } catch {
    return 0;
  }
}
