// What is believed of a release: real files in a folder, each row alters one thing.
import { generateKeyPairSync } from "node:crypto";
import { rmSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "bun:test";
import { systemDownloads } from "../../src/platform/downloads.ts";
import { findRelease } from "../../src/update/find-release.ts";
import { isSignedBy, publicKey } from "../../src/update/release-signature.ts";
import { Scratch } from "../fakes/scratch.ts";
import { makeTestRelease, sha256, signRelease } from "../fakes/update-release.ts";

const ours = generateKeyPairSync("ed25519");
const theirs = generateKeyPairSync("ed25519");

function find(scratch: Scratch, key = true) {
  return findRelease(systemDownloads, {
    address: pathToFileURL(scratch.at("r")).href,
    target: "test-target",
    key: key ? ours.publicKey : undefined,
  });
}

/** What is listed is what the manifest says. */
function relist(scratch: Scratch, manifest: string): void {
  const others = scratch.read("r/SHA256SUMS").split("\n").slice(0, 2);
  scratch.file("r/manifest.json", manifest);
  scratch.file("r/SHA256SUMS", [...others, `${sha256(manifest)}  manifest.json`, ""].join("\n"));
  signRelease(scratch, "r", ours.privateKey);
}

describe("findRelease", () => {
  test("gives the version and the build for this target", async () => {
    using scratch = new Scratch();
    makeTestRelease(scratch, "r", { version: "1.2.3", signedWith: ours.privateKey });
    expect(await find(scratch)).toMatchObject({
      version: "1.2.3",
      signed: true,
      asset: { file: "clawdbot-test-target.gz" },
    });
    expect(await find(scratch, false)).toMatchObject({ signed: false });
  });

  type Change = (scratch: Scratch) => void;
  const edit =
    (from: string, to: string): Change =>
    (scratch) =>
      relist(scratch, scratch.read("r/manifest.json").replaceAll(from, to));
  const rows: readonly (readonly [name: string, problem: string, change: Change])[] = [
    ["no signature", "it is not signed", (s) => rmSync(s.at("r/SHA256SUMS.sig"))],
    ["another key", "its signature", (s) => signRelease(s, "r", theirs.privateKey)],
    ["an empty signature", "its signature", (s) => s.file("r/SHA256SUMS.sig", "")],
    ["a signature that is text", "its signature", (s) => s.file("r/SHA256SUMS.sig", "yes")],
    [
      "a list that was changed",
      "its signature",
      (s) => s.file("r/SHA256SUMS", s.read("r/SHA256SUMS").replace(/^./, "g")),
    ],
    ["no list", "there is no SHA256SUMS", (s) => rmSync(s.at("r/SHA256SUMS"))],
    ["no manifest", "there is no manifest.json", (s) => rmSync(s.at("r/manifest.json"))],
    [
      "a manifest that was changed",
      "is not the one that SHA256SUMS lists",
      (s) => s.file("r/manifest.json", s.read("r/manifest.json").replace("1.2.3", "9.9.9")),
    ],
    [
      "a manifest that is too large",
      "more than",
      (s) => s.file("r/manifest.json", "x".repeat(2 ** 20 + 1)),
    ],
    ["a manifest that is no JSON", "cannot be understood", (s) => relist(s, "{")],
    ["a manifest of another program", "cannot be understood", edit('"clawdbot"', '"other"')],
    ["a version that is none", "cannot be understood", edit("1.2.3", "latest")],
    ["a version with a cursor movement", "cannot be understood", edit("1.2.3", "1.2.3\\u001b[2J")],
    ["a file in another folder", "cannot be understood", edit("clawdbot-test-t", "../x-test-t")],
    ["a size below nothing", "cannot be understood", edit('"bytes":', '"bytes":-')],
  ];
  for (const [name, problem, change] of rows) {
    test(`refuses ${name}`, async () => {
      using scratch = new Scratch();
      makeTestRelease(scratch, "r", { version: "1.2.3", signedWith: ours.privateKey });
      change(scratch);
      expect(await find(scratch).then(() => "", String)).toContain(problem);
    });
  }

  test("refuses a manifest that disagrees with the list", async () => {
    using scratch = new Scratch();
    makeTestRelease(scratch, "r", { version: "1.2.3", signedWith: ours.privateKey });
    const manifest = scratch.json("r/manifest.json");
    manifest.assets[1].sha256 = "0".repeat(64);
    relist(scratch, JSON.stringify(manifest));
    expect(await find(scratch).then(() => "", String)).toContain("disagree about");
  });

  test("a release without a build for this target is one all the same", async () => {
    using scratch = new Scratch();
    makeTestRelease(scratch, "r", { version: "1.2.3", target: "x", signedWith: ours.privateKey });
    expect((await find(scratch)).asset).toBeUndefined();
  });
});

describe("publicKey", () => {
  const pem = ours.publicKey.export({ type: "spki", format: "pem" });
  const der = ours.publicKey.export({ type: "spki", format: "der" }).toString("base64");

  test.each([
    ["PEM", pem],
    ["base64", `${der}\n`],
  ])("is read from %s, and checks what its private key signs", (_form, text) => {
    const key = publicKey(text, "KEY");
    using scratch = new Scratch();
    makeTestRelease(scratch, "r", { version: "1.2.3", signedWith: ours.privateKey });
    const sums = Buffer.from(scratch.read("r/SHA256SUMS"));
    expect(isSignedBy(key, sums, scratch.read("r/SHA256SUMS.sig"))).toBe(true);
    expect(isSignedBy(key, Buffer.from("x"), scratch.read("r/SHA256SUMS.sig"))).toBe(false);
  });

  test.each([
    ["nothing", ""],
    ["words", "hello"],
    ["half a key", der.slice(0, 20)],
    ["a private key", ours.privateKey.export({ type: "pkcs8", format: "pem" })],
    [
      "a key of another kind",
      generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({
        type: "spki",
        format: "pem",
      }),
    ],
  ])("refuses %s", (_form, text) => {
    expect(() => publicKey(text, "KEY")).toThrow('Cannot use "KEY"');
  });
});
