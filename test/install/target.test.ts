// Which build install.sh takes: the tools that it asks and the files that it reads are the test's.
import { describe, expect, test } from "bun:test";
import { Installation, wholeScript } from "./installation.ts";

interface Machine {
  readonly os?: string;
  readonly arch: string;
  /** What `ldd --version` says; absent: there is no ldd. */
  readonly ldd?: string;
  /** What `getconf GNU_LIBC_VERSION` says; absent: it fails. */
  readonly glibc?: string;
  /** The loader of musl is in /lib. */
  readonly muslLoader?: boolean;
  readonly flags?: string;
  /** 1 is a 32-bit, 2 a 64-bit executable. */
  readonly class?: number;
  /** What `sysctl -n sysctl.proc_translated` says. */
  readonly translated?: string;
}

const gnu = "ldd (Debian GLIBC 2.36-9) 2.36";
const avx2 = "flags : fpu sse4_2 avx avx2";
const old = "flags : fpu sse4_2 avx";

async function chosen(machine: Machine): Promise<string> {
  using home = new Installation();
  const { os = "Linux", arch, ldd, glibc, flags = avx2 } = machine;
  const say = (text: string): string => `#!/bin/sh\necho '${text}'\n`;
  home.program("fakes/uname", `#!/bin/sh\n[ "$1" = -m ] && echo ${arch} || echo ${os}\n`);
  // That of musl complains on standard error and fails.
  const lddText = `#!/bin/sh\necho '${ldd ?? ""}' >&2\nexit ${ldd?.includes("musl") ? 1 : 0}\n`;
  if (ldd !== undefined) home.program("fakes/ldd", lddText);
  home.program(
    "fakes/getconf",
    glibc === undefined ? "#!/bin/sh\nexit 1\n" : say(`glibc ${glibc}`),
  );
  home.program("fakes/sysctl", say(machine.translated ?? "0"));
  home.file("cpuinfo", `processor : 0\n${flags}\n`);
  home.file("exe", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, machine.class ?? 2));
  if (machine.muslLoader === true) home.file("lib/ld-musl-x86_64.so.1", "");
  const text = wholeScript
    .replaceAll("/proc/cpuinfo", home.at("cpuinfo"))
    .replaceAll("/proc/self/exe", home.at("exe"))
    .replaceAll("/lib/ld-musl-", home.at("lib/ld-musl-"));
  const run = await home.run(["--base-url", "/release", "--dry-run"], {
    text,
    without: ["uname", "ldd", "getconf"],
    before: home.at("fakes"),
  });
  const asset = /would fetch +\/release\/clawdbot-(\S+)\.gz/.exec(run.stderr)?.[1];
  expect([run.code === 0, home.files()]).toEqual([asset !== undefined, []]);
  return asset ?? run.stderr;
}

describe("install.sh takes for", () => {
  const rows: readonly (readonly [name: string, machine: Machine, target: string])[] = [
    ["Debian", { arch: "x86_64", ldd: gnu, glibc: "2.36" }, "linux-x64"],
    ["CentOS 7", { arch: "x86_64", ldd: "ldd (GNU libc) 2.17", glibc: "2.17" }, "linux-x64"],
    ["Alpine", { arch: "x86_64", ldd: "musl libc (x86_64)\nVersion 1.2.5" }, "linux-x64-musl"],
    ["musl without ldd", { arch: "x86_64", muslLoader: true }, "linux-x64-musl"],
    [
      "Debian with musl beside glibc",
      { arch: "x86_64", ldd: gnu, glibc: "2.36", muslLoader: true },
      "linux-x64",
    ],
    ["no word about any libc", { arch: "x86_64" }, "linux-x64"],
    [
      "a processor without AVX2",
      { arch: "x86_64", ldd: gnu, glibc: "2.36", flags: old },
      "linux-x64-baseline",
    ],
    [
      "Alpine on such a processor",
      { arch: "x86_64", ldd: "musl libc (x86_64)", flags: old },
      "linux-x64-baseline-musl",
    ],
    ["a system that says amd64", { arch: "amd64", ldd: gnu, glibc: "2.31" }, "linux-x64"],
    ["Raspberry Pi OS, 64 bits", { arch: "aarch64", ldd: gnu, glibc: "2.36" }, "linux-arm64"],
    ["Alpine on ARM", { arch: "aarch64", ldd: "musl libc (aarch64)" }, "linux-arm64-musl"],
    ["macOS on Apple silicon", { os: "Darwin", arch: "arm64" }, "darwin-arm64"],
    ["macOS on Intel", { os: "Darwin", arch: "x86_64" }, "darwin-x64"],
    ["a shell under Rosetta", { os: "Darwin", arch: "x86_64", translated: "1" }, "darwin-arm64"],
  ];
  for (const [name, machine, target] of rows) {
    test(`${name}: ${target}`, async () => {
      expect(await chosen(machine)).toBe(target);
    });
  }

  const refused: readonly (readonly [name: string, machine: Machine, complaint: string])[] = [
    [
      "a 32-bit system on a 64-bit processor",
      { arch: "aarch64", class: 1 },
      "this system is 32-bit",
    ],
    ["the same with an Intel processor", { arch: "x86_64", class: 1 }, "this system is 32-bit"],
    ["a 32-bit processor", { arch: "armv7l" }, "there is no build for armv7l"],
    ["a 32-bit PC", { arch: "i686" }, "there is no build for i686"],
    ["RISC-V", { arch: "riscv64" }, "there is no build for riscv64"],
    ["an old glibc", { arch: "x86_64", ldd: gnu, glibc: "2.12" }, "2.17 or later is wanted"],
    ["FreeBSD", { os: "FreeBSD", arch: "amd64" }, "there is no build for FreeBSD"],
    ["SunOS", { os: "SunOS", arch: "i86pc" }, "there is no build for SunOS"],
    ["Git Bash", { os: "MINGW64_NT-10.0-22631", arch: "x86_64" }, "this is Windows"],
    ["MSYS2", { os: "MSYS_NT-10.0", arch: "x86_64" }, "this is Windows"],
    ["Cygwin", { os: "CYGWIN_NT-10.0", arch: "x86_64" }, "this is Windows"],
  ];
  for (const [name, machine, complaint] of refused) {
    test(`${name}: nothing, because ${complaint}`, async () => {
      expect(await chosen(machine)).toContain(complaint);
    });
  }
});
