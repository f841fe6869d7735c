/** The functions of Windows' kernel32.dll that the runtime has no own word for. */
import type * as Ffi from "bun:ffi";

const functions = {
  CreateJobObjectW: { args: ["ptr", "ptr"], returns: "u64" },
  AssignProcessToJobObject: { args: ["u64", "u64"], returns: "i32" },
  IsProcessInJob: { args: ["u64", "u64", "ptr"], returns: "i32" },
  QueryInformationJobObject: { args: ["u64", "i32", "ptr", "u32", "ptr"], returns: "i32" },
  SetInformationJobObject: { args: ["u64", "i32", "ptr", "u32"], returns: "i32" },
  TerminateJobObject: { args: ["u64", "u32"], returns: "i32" },
  OpenProcess: { args: ["u32", "i32", "u32"], returns: "u64" },
  CloseHandle: { args: ["u64"], returns: "i32" },
} as const;

type Library = ReturnType<typeof load>;
export type Kernel32 = NonNullable<Library>;

/** A HANDLE, as the foreign function interface gives it. */
export type Handle = ReturnType<Kernel32["OpenProcess"]>;

/** What CreateJobObject and OpenProcess give when they cannot. */
export const noHandle = 0n;

let loaded: { readonly library: Library } | undefined;

/** Undefined on other systems, and where this build of the runtime cannot call foreign functions. */
export function kernel32(): Library {
  loaded ??= { library: process.platform === "win32" ? load() : undefined };
  return loaded.library;
}

function load() {
  try {
    // Not imported above: no other system is to load it. A spawn cannot wait for an import.
    const ffi: unknown = require("bun:ffi");
    return isFfi(ffi) ? ffi.dlopen("kernel32.dll", functions).symbols : undefined;
  } catch {
    return undefined;
  }
}

function isFfi(module: unknown): module is typeof Ffi {
  return typeof module === "object" && module !== null && "dlopen" in module;
}
