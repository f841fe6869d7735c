import { describe, expect, test } from "bun:test";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../src/lib/errors.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { loadOrCreateIdentity } from "../../src/state/device-identity.ts";
import { pathsIn } from "../../src/state/paths.ts";
import referenceIdentity from "../fixtures/clawdbot-state/identity/device.json" with { type: "json" };
import { ManualClock } from "../fakes/manual-clock.ts";
import { Scratch } from "../fakes/scratch.ts";

const reference = join(import.meta.dir, "..", "fixtures", "clawdbot-state");

/** Made with the reference's own code; Ed25519 gives the same signature every time. */
const vector = {
  deviceId: "13d328198dd3761795f52f05d2d1d925b74d079b8bb0cd7c96cfed95ad848431",
  publicKey: "Ut78MuHJdDU66Crpgt7FK1RULTgL0BgVpTVtnVYanRM",
  text: "v2|13d328198dd3761795f52f05d2d1d925b74d079b8bb0cd7c96cfed95ad848431|node-host|node|node||1795343252053|T|28039c54-658d-4aa8-8670-02662df43aea",
  signature:
    "IojwKohhrhCDbl1P44YUHqjaTTKF1T-bPQcu3T7er887hJEoLBryUSypEcxIO_Ugb6IQn0jnfbzZLAHtBtkgDg",
};

/** A home directory; the state directory is `.clawdbot` in it, or another one. */
class Home extends Scratch {
  load(directory = ".clawdbot") {
    const clock = new ManualClock(1_795_000_000_000);
    return loadOrCreateIdentity(
      systemFiles,
      pathsIn(this.at(directory)),
      pathsIn(this.at(".clawdbot")),
      clock,
    );
  }

  fromReference(directory = ".clawdbot"): void {
    cpSync(reference, this.at(directory), { recursive: true });
  }

  mode(name: string): string {
    return ((systemFiles.stat(this.at(name), true)?.mode ?? 0) & 0o777).toString(8);
  }
}

function failure(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("an identity that is there", () => {
  test("the reference's file is used as it is, and signs as the reference does", () => {
    using home = new Home();
    home.fromReference();
    const before = home.read(".clawdbot/identity/device.json");
    const identity = home.load();
    expect(identity.deviceId).toBe(vector.deviceId);
    expect(identity.publicKey).toBe(vector.publicKey);
    expect(identity.sign(vector.text)).toBe(vector.signature);
    expect(home.read(".clawdbot/identity/device.json")).toBe(before);
  });

  test("of two halves that differ the private key counts, and the file stays as it is", () => {
    using home = new Home();
    home.fromReference();
    const other = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" });
    const stored = home.json(".clawdbot/identity/device.json");
    const text = JSON.stringify({ ...stored, deviceId: "f".repeat(64), publicKeyPem: other });
    home.file(".clawdbot/identity/device.json", text);
    expect(home.load()).toMatchObject({ deviceId: vector.deviceId, publicKey: vector.publicKey });
    expect(home.read(".clawdbot/identity/device.json")).toBe(text);
  });

  test("keys of later versions do no harm", () => {
    using home = new Home();
    home.fromReference();
    const stored = home.json(".clawdbot/identity/device.json");
    home.file(
      ".clawdbot/identity/device.json",
      JSON.stringify({ ...stored, later: [1], createdAtMs: "x" }),
    );
    expect(home.load().deviceId).toBe(vector.deviceId);
  });

  test("the reference's key below the home directory goes with a state directory whose tokens name it", () => {
    using home = new Home();
    home.fromReference();
    cpSync(
      join(reference, "identity", "device-auth.json"),
      home.at("state/identity/device-auth.json"),
    );
    expect(home.load("state").deviceId).toBe(vector.deviceId);
    expect(home.has("state/identity/device.json")).toBe(false);
  });

  test("without such a token store a state directory gets an identity of its own", () => {
    using home = new Home();
    home.fromReference();
    expect(home.load("state").deviceId).not.toBe(vector.deviceId);
    expect(home.has("state/identity/device.json")).toBe(true);
  });

  test("a token store that names another device brings no identity with it", () => {
    using home = new Home();
    home.fromReference();
    const tokens = home.json(".clawdbot/identity/device-auth.json");
    home.file(
      "state/identity/device-auth.json",
      JSON.stringify({ ...tokens, deviceId: "a".repeat(64) }),
    );
    expect(home.load("state").deviceId).not.toBe(vector.deviceId);
  });
});

describe("an identity that is not there", () => {
  test("is made, for this user only, and is the same from then on", () => {
    using home = new Home();
    const first = home.load();
    expect(home.mode(".clawdbot/identity/device.json")).toBe("600");
    expect(home.mode(".clawdbot/identity")).toBe("700");
    expect(home.mode(".clawdbot")).toBe("700");
    const text = home.read(".clawdbot/identity/device.json");
    expect(home.load().deviceId).toBe(first.deviceId);
    expect(home.read(".clawdbot/identity/device.json")).toBe(text);
  });

  test("has the reference's layout: the reference could go on with it", () => {
    using home = new Home();
    const { deviceId } = home.load();
    const stored = home.json(".clawdbot/identity/device.json");
    expect(Object.keys(stored)).toEqual(Object.keys(referenceIdentity));
    expect(stored).toMatchObject({ version: 1, deviceId, createdAtMs: 1_795_000_000_000 });
    expect(home.read(".clawdbot/identity/device.json")).toBe(
      `${JSON.stringify(stored, null, 2)}\n`,
    );
  });

  test("two machines never have the same", () => {
    using one = new Home();
    using other = new Home();
    expect(one.load().deviceId).not.toBe(other.load().deviceId);
  });
});

describe("an identity that cannot be used is refused and left byte for byte as it is", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const whole = (change: Record<string, unknown>): string =>
    JSON.stringify({
      version: 1,
      deviceId: vector.deviceId,
      publicKeyPem: "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
      privateKeyPem: "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
      ...change,
    });

  test.each<[string, string | Uint8Array, string]>([
    ["an empty file", "", "not valid JSON: it ends too early, at line 1, column 1"],
    ["half a file", '{\n  "version": 1,\n  "dev', "not valid JSON at line 3, column 3"],
    ["a comma too many", '{\n  "version": 1,\n}\n', "not valid JSON at line 3, column 1"],
    [
      "bytes",
      new Uint8Array(randomBytes(300).map((byte) => byte | 0x80)),
      "not valid JSON at line 1, column 1",
    ],
    ["zeros after a power cut", "\0".repeat(400), "not valid JSON at line 1, column 1"],
    ["null", "null", "it is not a device identity of version 1"],
    ["a list", "[]", "it is not a device identity of version 1"],
    ["a later version", whole({ version: 2 }), "it is not a device identity of version 1"],
    [
      "no private key",
      whole({ privateKeyPem: undefined }),
      "it is not a device identity of version 1",
    ],
    ["an empty key", whole({}), "its private key cannot be used"],
    ["a key that is no PEM", whole({ privateKeyPem: "x" }), "its private key cannot be used"],
    [
      "a key of another kind",
      whole({ privateKeyPem: rsa.export({ type: "pkcs8", format: "pem" }) }),
      "it is of type rsa, ed25519 is wanted",
    ],
  ])("%s", (_case, content, problem) => {
    using home = new Home();
    const path = home.file(".clawdbot/identity/device.json", content);
    const error = failure(() => home.load());
    expect(error.message).toContain(problem);
    expect(error.message).toContain(path);
    expect(error.message).toEndWith("the file was left as it is");
    expect(error.exitCode).toBe(3);
    expect(error.hint).toContain(`mv ${path} ${path}.broken`);
    expect(readFileSync(path).equals(Buffer.from(content))).toBe(true);
  });

  test("a directory in its place", () => {
    using home = new Home();
    const path = home.directory(".clawdbot/identity/device.json");
    expect(failure(() => home.load()).message).toBe(
      `Cannot read "${path}": it is a directory, a file is wanted`,
    );
  });

  test("a file of 10 MB", () => {
    using home = new Home();
    home.file(".clawdbot/identity/device.json", " ".repeat(10_000_000));
    expect(failure(() => home.load()).message).toContain("it has 10000000 bytes");
  });

  test.each([[".clawdbot"], [".clawdbot/identity"]])("a file in the place of %s", (name) => {
    using home = new Home();
    home.file(name, "mine");
    const error = failure(() => home.load());
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain(home.at(name));
    expect(home.read(name)).toBe("mine");
  });

  test("a link that leads nowhere is not written through", () => {
    using home = new Home();
    home.directory(".clawdbot/identity");
    home.link(".clawdbot/identity/device.json", home.at("elsewhere"));
    expect(failure(() => home.load()).message).toContain("it is a symlink");
    expect(home.has("elsewhere")).toBe(false);
  });
});
