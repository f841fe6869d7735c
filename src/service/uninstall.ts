/** What has to happen so that nothing of an installation is left, and nothing else is touched. */
import { dirname } from "node:path";

import { UserError } from "../lib/errors.ts";
import type { Files } from "../platform/ports.ts";
import { readRecord, recordPath } from "./install-record.ts";
import { textOf } from "./install.ts";
import type { ServiceManager, ServicePlace } from "./manager.ts";
import { originOf } from "./marker.ts";
import { type Step, command } from "./plan.ts";

/** Identity, policy and `node.json` stay: they are the node's, not the service's. */
export function planUninstall(
  files: Files,
  manager: ServiceManager,
  place: ServicePlace,
  { force, lingering }: { readonly force: boolean; readonly lingering: boolean },
): readonly Step[] {
  const record = readRecord(files, place.dataDirectory);
  const bytes = files.readBytes(manager.definition);
  const origin = originOf(bytes === undefined ? undefined : textOf(bytes));
  if (origin === "foreign" && !force) {
    throw new UserError(`Cannot remove "${manager.definition}": another program wrote it`, {
      hint: "To remove it all the same: clawdbot node uninstall --force",
    });
  }
  if (origin === "absent" && record === undefined) return [];
  const made = (record?.files ?? []).filter((path) => isWithin(path, manager, place));
  const paths = new Set([...made, manager.definition, recordPath(place.dataDirectory)]);
  return [
    ...manager.deactivate(),
    ...[...paths].map((path): Step => ({ kind: "remove", path })),
    { kind: "tidy", path: place.dataDirectory },
    ...(place.scope === "system"
      ? [{ kind: "tidy", path: dirname(place.dataDirectory) } satisfies Step]
      : []),
    ...manager.forget(),
    ...(record?.lingers === true && lingering
      ? [
          command(["loginctl", "disable-linger", place.userName], "switch lingering off again", {
            optional: "The installation had switched it on",
          }),
        ]
      : []),
  ];
}

/** A record that somebody has changed does not make us remove other files. */
function isWithin(path: string, manager: ServiceManager, place: ServicePlace): boolean {
  return path === manager.definition || dirname(path) === place.dataDirectory;
}
