import { expect, test } from "bun:test";
import { nodeProfile } from "../../src/node/profile.ts";

const node = {
  nodeId: "n-1",
  displayName: "box",
  version: "1.2.3",
  platform: "linux",
  path: "/bin",
};

test("a node says of itself what the oldest gateway knows, and no more", () => {
  expect(nodeProfile(node)).toEqual({
    client: {
      id: "node-host",
      displayName: "box",
      version: "1.2.3",
      platform: "linux",
      deviceFamily: "Linux",
      mode: "node",
      instanceId: "n-1",
    },
    role: "node",
    scopes: [],
    caps: ["system"],
    commands: [
      "system.run",
      "system.run.prepare",
      "system.which",
      "system.execApprovals.get",
      "system.execApprovals.set",
    ],
    pathEnv: "/bin",
  });
});

test.each([
  ["darwin", { platform: "macos", deviceFamily: "Mac" }],
  ["win32", { platform: "windows", deviceFamily: "Windows" }],
  ["linux", { platform: "linux", deviceFamily: "Linux" }],
  ["freebsd", { platform: "freebsd" }],
  ["__proto__", { platform: "__proto__" }],
])("the platform %s is called as gateways call it", (platform, named) => {
  const { client } = nodeProfile({ ...node, platform });
  expect(client).toMatchObject(named);
  expect("deviceFamily" in client).toBe("deviceFamily" in named);
});

test.each([
  ["linux", ":", "/some/directory"],
  ["win32", ";", "C:\\some\\directory"],
])(
  "a PATH that would burst the connect frame is cut at an entry: %s",
  (platform, separator, entry) => {
    const path = Array.from({ length: 5000 }, (_, index) => `${entry}${index}`).join(separator);
    const { pathEnv = "" } = nodeProfile({ ...node, platform, path });
    expect(pathEnv.length).toBeLessThanOrEqual(16_384);
    expect(path.startsWith(pathEnv + separator)).toBe(true);
  },
);

test("one entry that is too long alone is left out", () => {
  const { pathEnv = "" } = nodeProfile({ ...node, path: "x".repeat(50_000) });
  expect(pathEnv.length).toBeLessThanOrEqual(16_384);
});
