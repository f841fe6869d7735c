// Datagrams of sd_notify, received by systemd's own protocol: a socket of socat's or Python's would
// do as well, but perl is part of every Debian.
import { describe, expect, test } from "bun:test";
import { systemNotifier } from "../../src/platform/service-notifier.ts";
import { Scratch } from "../fakes/scratch.ts";

const perl = Bun.which("perl");
const receiver = `
use Socket; my ($path, $count) = @ARGV; $path =~ s/^@/\\0/;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, pack_sockaddr_un($path)) or die "$!";
$| = 1; print "bound\\n";
for (1 .. $count) { recv($s, my $text, 65536, 0); print "<$text>\\n"; }
`;

describe.skipIf(perl === null || process.platform !== "linux")("systemNotifier", () => {
  test.each(["path", "abstract"])("reaches a socket with a name: %s", async (kind) => {
    using scratch = new Scratch();
    const address = kind === "path" ? scratch.at("notify") : `@clawdbot-test-${process.pid}`;
    const child = Bun.spawn([perl!, "-e", receiver, address, "2"], { stdout: "pipe" });
    const reader = child.stdout.getReader();
    await reader.read();
    const notifier = systemNotifier(address)!;
    expect(notifier.send("READY=1")).toBe(true);
    expect(notifier.send("STOPPING=1\nSTATUS=grüße")).toBe(true);
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += Buffer.from(part.value).toString();
    }
    expect(text).toBe("<READY=1>\n<STOPPING=1\nSTATUS=grüße>\n");
  });

  test("nobody there is a false, and no error", () => {
    expect(systemNotifier("/no/such/socket")?.send("READY=1")).toBe(false);
  });

  test.each(["", "@", "relative", "/".padEnd(120, "x"), "vsock:2:1"])(
    "%j is no address",
    (address) => {
      expect(systemNotifier(address)).toBeUndefined();
    },
  );
});
