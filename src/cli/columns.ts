/** Aligns rows of cells; the last column is not padded. Widths are those of a terminal. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries()) {
      widths[index] = Math.max(widths[index] ?? 0, Bun.stringWidth(cell));
    }
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const width = index === row.length - 1 ? 0 : (widths[index] ?? 0) + 2;
        return cell + " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
      })
      .join("")
      .trimEnd(),
  );
}
