import { columns } from "./columns.ts";

/** A titled table: how many there are, then their rows. */
export function section(title: string, count: number, rows: readonly string[][]): string {
  const lines = count === 0 ? [] : columns(rows).map((line) => `  ${line}`);
  return [`${title}: ${count === 0 ? "none" : count}`, ...lines].join("\n");
}
