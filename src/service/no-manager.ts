/** What can be said of a service where nothing starts one. */
import type { Observation } from "./manager.ts";

export const noManager = {
  label: "none",
  loadedText: "enabled",
  notLoadedText: "no service manager",
  definition: undefined,
  logsHint: undefined,
  observe: (): Promise<Observation> =>
    Promise.resolve({
      loaded: false,
      failed: false,
      dropIns: [],
      runtime: { status: "unknown", missingUnit: true },
    }),
} as const;
