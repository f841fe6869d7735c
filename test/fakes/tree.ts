// Everything below a directory, to the byte: kinds, modes, contents.
import { lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

export function treeOf(root: string): Readonly<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true }).map(String).toSorted()) {
    const path = join(root, entry);
    const facts = lstatSync(path);
    const mode = (facts.mode & 0o7777).toString(8);
    if (facts.isDirectory()) tree[entry] = `directory ${mode}`;
    else if (facts.isSymbolicLink()) tree[entry] = `link ${readlinkSync(path)}`;
    else tree[entry] = `file ${mode} ${readFileSync(path).toString("base64")}`;
  }
  return tree;
}
