// Property lists of launchd: golden files, and what an XML parser reads in them.
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { launchdPlist } from "../../../src/service/render/launchd.ts";
import { expectGolden } from "../../fakes/golden.ts";
import { anyText, holds } from "../../fakes/property.ts";
import { Scratch } from "../../fakes/scratch.ts";
import { hostileSpec, systemSpec, userSpec } from "../../fakes/service-specs.ts";

const log = "/Users/alice/.clawdbot/logs/node.err.log";

/** Texts between `<string>` tags, as a parser gives them. */
function strings(xml: string): string[] {
  const found = [...xml.matchAll(/<string>([^<]*)<\/string>/g)];
  return found.map(([, text = ""]) => decoded(text));
}

function decoded(text: string): string {
  const names: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(#\d+|\w+);/g, (_match, name: string) =>
    name.startsWith("#") ? String.fromCodePoint(Number(name.slice(1))) : names[name]!,
  );
}

describe("launchdPlist", () => {
  test.each([
    ["agent.plist", userSpec],
    ["daemon.plist", systemSpec],
    ["hostile.plist", hostileSpec],
  ] as const)("writes %s", (name, spec) => {
    const text = launchdPlist(spec, log);
    expectGolden(`service/launchd/${name}`, text);
    expect(() => Bun.XML.parse(text)).not.toThrow();
  });

  // Another reader of property lists than ours: Debian's libplist-utils, where it is installed.
  test.if(Bun.which("plistutil") !== null)("is read by plistutil as it was meant", () => {
    for (const spec of [userSpec, systemSpec, hostileSpec]) {
      using scratch = new Scratch();
      const path = scratch.file("node.plist", launchdPlist(spec, log));
      // Into its own form and back: what comes out is what it has understood.
      const binary = scratch.at("node.bin");
      const made = Bun.spawnSync(["plistutil", "-i", path, "-f", "bin", "-o", binary]);
      expect(made.exitCode).toBe(0);
      const back = Bun.spawnSync(["plistutil", "-i", binary, "-f", "xml"]).stdout.toString();
      expect(strings(back)).toEqual(strings(launchdPlist(spec, log)));
      expect(strings(back)).toEqual(expect.arrayContaining([...spec.argv]));
    }
  });

  test("every argument comes back as it went in, or is refused", () => {
    holds(
      fc.property(fc.array(anyText, { maxLength: 6 }), (words) => {
        const argv = ["/usr/local/bin/clawdbot", ...words];
        const impossible = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
        const spec = { ...userSpec, argv };
        if (words.some((word) => impossible.test(word) || !word.isWellFormed())) {
          expect(() => launchdPlist(spec, log)).toThrow("into an XML file");
          return;
        }
        const text = launchdPlist(spec, log);
        expect(strings(text).slice(2, 2 + argv.length)).toEqual(argv);
      }),
    );
  });
});
