/** `clawdbot node history show ID`: one request in full. */
import { requestsBackwards } from "../../journal/history.ts";
import type { RequestRecord } from "../../journal/record.ts";
import { linesBackwards } from "../../journal/tables.ts";
import { printable } from "../../lib/display-text.ts";
import { UserError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import type { SqlFile } from "../../platform/ports.ts";
import { columns } from "../columns.ts";
import type { CliContext } from "../context.ts";
import { historyDetails, historyJson, historyLine } from "../history-rows.ts";
import { withJournal } from "../journal-reader.ts";
import { writeJson } from "../json-output.ts";

interface Wanted {
  readonly id: string;
  readonly profile: string | undefined;
  readonly json: boolean;
}

/** A shorter beginning of an id is more likely a slip than a choice. */
const shortestPrefix = 4;

export async function showRequest(context: CliContext, wanted: Wanted): Promise<number> {
  const record = await withJournal(context, wanted.profile, (file) => find(file, wanted.id.trim()));
  if (record === undefined) {
    throw new UserError(`Cannot show "${printable(wanted.id, 80)}": there is no journal yet`);
  }
  if (wanted.json) {
    const lines = record.lines.map(({ seq, time, entry }) => ({
      seq,
      time: new Date(time).toISOString(),
      ...entry,
    }));
    writeJson(context.out, { entry: historyJson(record), lines });
    return exitCode.ok;
  }
  const facts = columns(historyDetails(record));
  const lines = columns(record.lines.map(historyLine)).map((line) => `  ${line}`);
  context.out.write(`${[...facts, "", "Lines of the journal:", ...lines].join("\n")}\n`);
  return exitCode.ok;
}

/** By number, invoke id or run id, or by the only beginning of one of the ids. */
function find(file: SqlFile, id: string): RequestRecord {
  const fitting: RequestRecord[] = [];
  for (const record of requestsBackwards(linesBackwards(file), { denied: false })) {
    if ([String(record.seq), record.invoke, record.run].includes(id)) return record;
    const starts = [record.invoke, record.run].some((name) => name?.startsWith(id) === true);
    if (id.length >= shortestPrefix && starts) fitting.push(record);
  }
  const [only, ...others] = fitting;
  const shown = printable(id, 80);
  if (only === undefined) {
    throw new UserError(`Cannot show "${shown}": the journal has no such request`, {
      hint: "See what there is: clawdbot node history",
    });
  }
  if (others.length > 0) {
    const numbers = fitting.slice(0, 10).map(({ seq }) => String(seq));
    throw new UserError(`Cannot show "${shown}": ${fitting.length} requests begin with it`, {
      hint: `Give more of the id, or a number: ${numbers.join(", ")}`,
    });
  }
  return only;
}
