/**
 * Windows job objects: a process that is put into one brings all its later children along, whatever
 * becomes of their parents. Layouts are those of winnt.h on 64-bit Windows, as documented under
 * JOBOBJECT_EXTENDED_LIMIT_INFORMATION and JOBOBJECT_BASIC_ACCOUNTING_INFORMATION.
 */
import { type Handle, type Kernel32, kernel32, noHandle } from "./kernel32.ts";

/** JobObjectBasicAccountingInformation: its number, its size, the offset of ActiveProcesses (u32). */
const accounting = { kind: 1, bytes: 48, activeProcesses: 40 } as const;

/** JobObjectExtendedLimitInformation: its number, its size, the offset of LimitFlags (u32). */
const limits = { kind: 9, bytes: 144, flags: 16 } as const;

/** JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE: the members end with the last handle to their job. */
const killOnClose = 0x2000;

/** PROCESS_TERMINATE, PROCESS_SET_QUOTA and PROCESS_QUERY_INFORMATION. */
const memberAccess = 0x0001 | 0x0100 | 0x0400;

/** What a killed process ends with: the same as with taskkill. */
const killedCode = 1;

/**
 * Undefined where none can be made. Nothing may break away from it (JOB_OBJECT_LIMIT_BREAKAWAY_OK
 * is not set): a run's daemons end with the run, as on other systems. A program that cannot do
 * without breaking away would not work under the Task Scheduler, which has such a job too.
 */
export function createJobObject(): JobObject | undefined {
  const library = kernel32();
  const handle = library?.CreateJobObjectW(null, null);
  if (library === undefined || handle === undefined || handle === noHandle) return undefined;
  return new JobObject(library, handle);
}

export class JobObject {
  readonly handle: Handle;
  readonly #library: Kernel32;

  constructor(library: Kernel32, handle: Handle) {
    this.#library = library;
    this.handle = handle;
  }

  /** False where the process may not be put into it, or is over. */
  add(pid: number): boolean {
    return this.#withProcess(
      pid,
      (member) => this.#library.AssignProcessToJobObject(this.handle, member) !== 0,
    );
  }

  /** Whether the process is a member of this job, or of one within it. */
  holds(pid: number): boolean {
    const answer = new Int32Array(1);
    return this.#withProcess(
      pid,
      (member) =>
        this.#library.IsProcessInJob(member, this.handle, answer) !== 0 && answer[0] !== 0,
    );
  }

  /** Whether its members are killed when the last handle to it is closed, by whatever end. */
  setKillOnClose(kill: boolean): void {
    const bytes = new DataView(new ArrayBuffer(limits.bytes));
    const buffer = new Uint8Array(bytes.buffer);
    this.#library.QueryInformationJobObject(this.handle, limits.kind, buffer, limits.bytes, null);
    const others = bytes.getUint32(limits.flags, true) & ~killOnClose;
    bytes.setUint32(limits.flags, kill ? others | killOnClose : others, true);
    this.#library.SetInformationJobObject(this.handle, limits.kind, buffer, limits.bytes);
  }

  activeProcesses(): number {
    const { kind, bytes, activeProcesses } = accounting;
    const buffer = new Uint8Array(bytes);
    this.#library.QueryInformationJobObject(this.handle, kind, buffer, bytes, null);
    return new DataView(buffer.buffer).getUint32(activeProcesses, true);
  }

  terminate(): void {
    this.#library.TerminateJobObject(this.handle, killedCode);
  }

  close(): void {
    this.#library.CloseHandle(this.handle);
  }

  #withProcess(pid: number, ask: (member: Handle) => boolean): boolean {
    const member = this.#library.OpenProcess(memberAccess, 0, pid);
    if (member === noHandle) return false;
    try {
      return ask(member);
    } finally {
      this.#library.CloseHandle(member);
    }
  }
}
