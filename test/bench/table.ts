import { type Measurement, useOfBudget } from "./measurement.ts";

/** A row that gave no number, and why. */
export interface Failed {
  readonly what: string;
  readonly problem: string;
}

/** Measured, budget and the share of it that is used; then the reference, if it was measured. */
export function table(measured: readonly Measurement[], failed: readonly Failed[]): string {
  const withReference = measured.some(({ reference }) => reference !== undefined);
  const head = [
    "",
    "measured",
    "budget",
    "used",
    ...(withReference ? ["reference", "÷ ours"] : []),
  ];
  const rows = measured.map((row) => {
    const cells = [row.what, number(row.value, row), budgetText(row), usedText(row)];
    if (!withReference) return cells;
    const { reference } = row;
    if (reference === undefined) return [...cells, "", ""];
    return [
      ...cells,
      number(reference.value, row),
      `${(reference.value / row.value).toFixed(1)} ×`,
    ];
  });
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => (cells[column] ?? "").length)),
  );
  const line = (cells: readonly string[], detail: string): string =>
    `${cells.map((cell, at) => pad(cell, widths[at] ?? 0, at)).join("  ")}  ${detail}`.trimEnd();
  return [
    line(head, ""),
    ...rows.flatMap((cells, at) => {
      const { detail, reference } = measured[at] ?? { detail: "" };
      const blank = head.map(() => "");
      const more = reference && [line(blank, `reference: ${reference.detail}`)];
      return [line(cells, detail), ...(more ?? [])];
    }),
    ...failed.map(({ what, problem }) => `not measured: ${what}: ${problem}`),
  ].join("\n");
}

/** Names stand to the left, numbers to the right. */
function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

function number(value: number, { unit }: Measurement): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}

function budgetText({ budget, unit }: Measurement): string {
  if (budget === undefined) return "–";
  return `${budget.kind === "at most" ? "≤" : "≥"} ${budget.value} ${unit}`;
}

function usedText(row: Measurement): string {
  const used = useOfBudget(row);
  if (used === undefined) return "";
  return `${used > 1 ? "OVER " : ""}${(100 * used).toFixed(0)} %`;
}
