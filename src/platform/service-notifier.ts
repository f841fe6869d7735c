/**
 * Tells systemd how the service is (sd_notify(3)): datagrams to `$NOTIFY_SOCKET`. The runtime has
 * no Unix datagram sockets, so that three functions of the C library do it. Loaded only where
 * systemd asks for it.
 */
import { dlopen, ptr } from "bun:ffi";

import type { ServiceNotifier } from "./ports.ts";

const unix = 1;
/** SOCK_DGRAM and SOCK_CLOEXEC. */
const datagram = 2 | 0o2000000;
/** MSG_DONTWAIT and MSG_NOSIGNAL: a service manager that does not read must not stop us. */
const flags = 0x40 | 0x4000;
/** Bytes of `sun_path`. */
const longestPath = 108;

const functions = {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
} as const;

/** Undefined where it cannot be done; `address` is a path, or begins with `@` for an abstract one. */
export function systemNotifier(address: string): ServiceNotifier | undefined {
  if (process.platform !== "linux") return undefined;
  const target = socketAddress(address);
  const library = target === undefined ? undefined : openLibrary();
  if (target === undefined || library === undefined) return undefined;
  const descriptor = library.socket(unix, datagram, 0);
  if (descriptor < 0) return undefined;
  return {
    send(text) {
      const bytes = Buffer.from(text, "utf8");
      const sent = library.sendto(
        descriptor,
        ptr(bytes),
        bytes.length,
        flags,
        ptr(target),
        target.length,
      );
      return Number(sent) === bytes.length;
    },
  };
}

/** A `sockaddr_un` as long as its path. */
function socketAddress(address: string): Uint8Array | undefined {
  const path = Buffer.from(address.replace(/^@/, "\0"), "utf8");
  if (!/^[@/]./.test(address) || path.length >= longestPath) return undefined;
  const abstract = address.startsWith("@");
  const bytes = new Uint8Array(2 + path.length + (abstract ? 0 : 1));
  new DataView(bytes.buffer).setUint16(0, unix, true);
  bytes.set(path, 2);
  return bytes;
}

function openLibrary() {
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  for (const name of ["libc.so.6", `libc.musl-${machine}.so.1`]) {
    try {
      return dlopen(name, functions).symbols;
    } catch {
      // The other C library, then.
    }
  }
  return undefined;
}
