/** `clawdbot node history`: what was asked of this machine, and what became of it. */
import {
  type HistoryFilter,
  HistoryFollower,
  matches,
  requestsBackwards,
} from "../../journal/history.ts";
import { beginning, verifyChain } from "../../journal/chain.ts";
import type { RequestRecord } from "../../journal/record.ts";
import { lastLink, linesAfter, linesBackwards, readLink } from "../../journal/tables.ts";
import { parseDuration } from "../../lib/duration.ts";
import { UsageError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import type { SqlFile } from "../../platform/ports.ts";
import { columns } from "../columns.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { switchFlag, textFlag } from "../flag-values.ts";
import { historyHeader, historyJson, historyRow } from "../history-rows.ts";
import { withJournal } from "../journal-reader.ts";
import { writeJson } from "../json-output.ts";
import { showRequest } from "./node-history-show.ts";

const centuryMs = 100 * 365 * 86_400_000;

export const nodeHistory = defineCommand({
  summary: "Show what gateways asked of this machine, what was decided, and how it ended.",
  details: [
    [
      "The newest stands last. One request in full, by its number, its id or its run id:",
      "  clawdbot node history show ID",
    ].join("\n"),
    [
      "Secrets are masked before anything is written, and output is not kept. Every line carries a hash",
      "of itself and the line before: --verify tells an edited or missing line. Whoever may write the",
      "file can compute the whole chain anew; for a proof against that person, copy the journal elsewhere.",
    ].join("\n"),
  ],
  args: {
    action: { type: "positional", required: false, description: "show: one request in full" },
    id: { type: "positional", required: false, description: "Number or id, or its beginning" },
    since: {
      type: "string",
      valueHint: "TIME",
      description: "Only from then on: 30m, 2h, 7d, or a date like 2026-01-31 or 2026-01-31T12:00",
    },
    agent: { type: "string", valueHint: "ID", description: "Only what this agent asked for" },
    denied: { type: "boolean", description: "Only what was refused" },
    limit: { type: "string", valueHint: "COUNT", default: "50", description: "At most so many" },
    follow: { type: "boolean", description: "Go on with what comes, until Ctrl-C" },
    verify: { type: "boolean", description: "Check the chain of hashes instead" },
    profile: {
      type: "string",
      valueHint: "NAME",
      description: "Use the state directory ~/.clawdbot-NAME",
    },
    json: { type: "boolean", description: "One JSON object; with --follow one a line" },
  },
  exitCodes: [
    [exitCode.ok, "shown; also where there is nothing to show"],
    [exitCode.failure, "--verify found a line that was changed or is missing; or no such request"],
    [exitCode.usage, "wrong command line"],
    [exitCode.config, "the journal cannot be read"],
  ],
  examples: [
    ["clawdbot node history --since 1d --denied", "What was refused since yesterday"],
    ["clawdbot node history --follow", "Watch what agents do"],
    ["clawdbot node history --verify", "Has anybody edited it?"],
  ],
  async run(context, { args }) {
    const { action, id, profile } = args;
    const json = switchFlag(args, "json");
    if (action !== undefined && action !== "show") {
      throw new UsageError(`Cannot use "${action}" here: the only such word is show`);
    }
    if (action === "show") {
      if (id === undefined) throw new UsageError("Cannot show a request without its ID");
      return showRequest(context, { id, profile, json });
    }
    const filter: HistoryFilter = {
      agent: textFlag(args, "agent"),
      denied: switchFlag(args, "denied"),
      since: sinceOf(args.since, context.clock.now()),
    };
    const limit = limitOf(args.limit);
    const follow = switchFlag(args, "follow");
    const verify = switchFlag(args, "verify");
    const done = await withJournal(context, profile, (file, path) => {
      if (verify) return reportVerdict(context, file, path, json);
      return follow
        ? followRequests(context, file, { filter, limit, json })
        : listRequests(context, file, { filter, limit, json });
    });
    if (done !== undefined) return done;
    if (json) writeJson(context.out, verify ? { ok: true, lines: 0 } : { entries: [] });
    else context.err.write("There is no journal yet: a node host begins it (clawdbot node run).\n");
    return exitCode.ok;
  },
});

interface Listing {
  readonly filter: HistoryFilter;
  readonly limit: number;
  readonly json: boolean;
}

function listRequests(context: CliContext, file: SqlFile, listing: Listing): number {
  const records = newest(file, listing);
  if (listing.json) {
    writeJson(context.out, { entries: records.map(historyJson) });
  } else if (records.length === 0) {
    context.err.write("Nothing in the journal fits.\n");
  } else {
    context.out.write(`${columns([historyHeader, ...records.map(historyRow)]).join("\n")}\n`);
  }
  return exitCode.ok;
}

/** Oldest first. */
function newest(file: SqlFile, { filter, limit }: Listing): readonly RequestRecord[] {
  const records: RequestRecord[] = [];
  if (limit === 0) return records;
  for (const record of requestsBackwards(linesBackwards(file), filter)) {
    records.push(record);
    if (records.length >= limit) break;
  }
  return records.toReversed();
}

const pollMs = 300;

async function followRequests(
  context: CliContext,
  file: SqlFile,
  listing: Listing,
): Promise<number> {
  const stop = new AbortController();
  const stopped = Promise.withResolvers<void>();
  const cancel = context.onSignal(() => {
    stop.abort();
    stopped.resolve();
  });
  const show = (record: RequestRecord): void => {
    const text = listing.json
      ? JSON.stringify({ v: 1, ...historyJson(record) })
      : historyRow(record).join("  ");
    context.out.write(`${text}\n`);
  };
  const follower = new HistoryFollower();
  // One snapshot: what comes in between belongs to what follows.
  file.run("BEGIN");
  let { seq } = lastLink(file, beginning);
  for (const record of newest(file, listing)) {
    follower.resume(record);
    show(record);
  }
  file.run("COMMIT");
  while (!stop.signal.aborted) {
    for (const line of linesAfter(file, seq)) {
      seq = line.seq;
      const record = follower.take(line);
      if (record !== undefined && matches(record, listing.filter)) show(record);
    }
    if (context.out.problem?.() !== undefined) break;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancelWait = context.clock.after(pollMs, resolve);
    await Promise.race([promise, stopped.promise]);
    cancelWait();
  }
  cancel();
  return exitCode.ok;
}

function reportVerdict(context: CliContext, file: SqlFile, path: string, json: boolean): number {
  // One snapshot: the host may be writing.
  file.run("BEGIN");
  const anchor = readLink(file, "anchor");
  const verdict = verifyChain(linesAfter(file, -1), anchor, readLink(file, "head"));
  file.run("COMMIT");
  if (json) writeJson(context.out, { ...verdict });
  else if (verdict.ok) {
    const since =
      anchor.seq === 0 ? "" : `; older ones than ${anchor.seq + 1} were removed by age or size`;
    context.out.write(`The chain is whole: ${verdict.lines} lines${since}.\n`);
  } else {
    context.err.write(
      `Error: Cannot trust "${path}" from line ${verdict.seq} on: ${verdict.problem}\n`,
    );
  }
  return verdict.ok ? exitCode.ok : exitCode.failure;
}

function sinceOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = /^\d+$/.test(text.trim()) ? undefined : parseDuration(text, centuryMs);
  const at = ago === undefined ? Date.parse(/^\d{4}-/.test(text.trim()) ? text : "") : now - ago;
  if (!Number.isNaN(at)) return at;
  throw new UsageError(
    `Cannot use --since "${text}": a time is written like 30m, 2h, 7d or 2026-01-31T12:00`,
  );
}

function limitOf(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new UsageError(`Cannot use --limit "${text}": a number of requests is wanted`);
}
