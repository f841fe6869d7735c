/** One line of the table. */
export interface Measurement {
  readonly what: string;
  readonly value: number;
  readonly unit: "×" | "ms" | "µs" | "MiB" | "%" | "/s";
  /** Absent for lines that only explain another one. */
  readonly budget?: { readonly kind: "at most" | "at least"; readonly value: number };
  /** The numbers behind the value. */
  readonly detail: string;
  /** The same of the real `clawdbot node run`, taken in the same run. */
  readonly reference?: { readonly value: number; readonly detail: string };
}

/** How much of its budget a value uses up; more than 1 is over, whichever way the budget points. */
export function useOfBudget({ value, budget }: Measurement): number | undefined {
  if (budget === undefined) return undefined;
  return budget.kind === "at most" ? value / budget.value : budget.value / value;
}
