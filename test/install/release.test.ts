import { generateKeyPairSync, verify } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";

import { makeRelease } from "../../.ci/release.ts";
import { Installation, wholeScript } from "./installation.ts";
import { program } from "./release-server.ts";

async function release(home: Installation, more: { baseUrl?: string; keyFile?: string } = {}) {
  home.file("root/install.sh", wholeScript);
  const built = [
    { target: "test-target", program: home.file("built/clawdbot", program("3.2.1")) },
    { target: "windows-x64", program: home.file("built/clawdbot.exe", "MZ") },
  ];
  const { baseUrl = "", keyFile } = more;
  return makeRelease(built, { root: home.at("root"), commit: "abc", baseUrl, keyFile });
}

describe("a release", () => {
  test("is what install.sh takes, with nothing given but the target", async () => {
    using home = new Installation();
    const baseUrl = home.at("root/dist/release");
    const folder = await release(home, { baseUrl });
    const text = await Bun.file(join(folder, "install.sh")).text();
    const run = await home.run(["--target", "test-target"], { text });
    expect(run).toMatchObject({ code: 0 });
    expect(home.says()).toStartWith("clawdbot 3.2.1");
  });

  test("lists the checksum of every file, and is the same each time", async () => {
    using home = new Installation();
    using other = new Installation();
    const [first, second] = [await release(home), await release(other)];
    const sums = await Bun.file(join(first, "SHA256SUMS")).text();
    expect(await Bun.file(join(second, "SHA256SUMS")).text()).toBe(sums);
    const files = [...new Bun.Glob("*").scanSync(first)].filter((name) => name !== "SHA256SUMS");
    expect(
      sums
        .trimEnd()
        .split("\n")
        .map((line) => line.slice(66)),
    ).toEqual(files.toSorted());
    const checked = Bun.spawnSync(["sha256sum", "--check", "--strict", "SHA256SUMS"], {
      cwd: first,
    });
    expect(checked.exitCode).toBe(0);
  });

  test("is signed with the key that is given", async () => {
    using home = new Installation();
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    const folder = await release(home, { keyFile: home.file("key.pem", pem) });
    const sums = await Bun.file(join(folder, "SHA256SUMS")).bytes();
    const signature = Buffer.from(await Bun.file(join(folder, "SHA256SUMS.sig")).text(), "base64");
    expect(verify(null, sums, publicKey, signature)).toBe(true);
  });

  test("names what is inside of the programs, with versions and hashes", async () => {
    using home = new Installation();
    const bill = await Bun.file(join(await release(home), "sbom.cdx.json")).json();
    const names = bill.components.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["bun", "citty", "consola", "zod", "which", "isexe"]),
    );
    for (const { version, hashes } of bill.components) {
      expect(version).toMatch(/^\d+\.\d+\.\d+/);
      expect(hashes[0].content).toMatch(/^[0-9a-f]{128}$/);
    }
  });

  test.each([["x'; rm -rf ~; '"], ["a b"], ["$(id)"]])(
    "refuses the address %j",
    async (baseUrl) => {
      using home = new Installation();
      const failed = await release(home, { baseUrl }).catch((error: unknown) => String(error));
      expect(failed).toContain("a plain address is wanted");
    },
  );
});
