const unitBytes: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Reads a size such as `64MiB`, `64m` or `500k` as bytes; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+)\s*(?:([kmg])(?:i?b)?|b)?$/.exec(text.trim().toLowerCase());
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (unitBytes[match[2] ?? ""] ?? 1);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Shows bytes as a person reads them: `512 B`, `20 KiB`, `1.5 MiB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kib = bytes / 1024;
  if (kib < 1024) return `${kib < 10 ? kib.toFixed(1) : Math.round(kib)} KiB`;
  const mib = kib / 1024;
  return `${mib < 10 ? mib.toFixed(1) : Math.round(mib)} MiB`;
}

/** Shows bytes as people write them, without losing any: `256M`, `1536M`, `4G`. */
export function writeSize(bytes: number): string {
  const units = ["g", "m", "k"];
  const unit = units.find((name) => bytes % (unitBytes[name] ?? 1) === 0) ?? "";
  return bytes === 0 ? "0" : `${bytes / (unitBytes[unit] ?? 1)}${unit.toUpperCase()}`;
}
