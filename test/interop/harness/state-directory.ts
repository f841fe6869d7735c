// Where every Clawdbot, theirs and ours, keeps its files when nothing else is said.
import { join } from "node:path";

export function stateDirectory(home: string): string {
  return join(home, ".clawdbot");
}
