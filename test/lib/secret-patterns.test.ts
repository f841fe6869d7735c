import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { maskSecrets } from "../../src/lib/secret-patterns.ts";
import { holds } from "../fakes/property.ts";

// Put together here, so that nothing takes this file for a leak.
const github = `ghp_${"a1B2".repeat(9)}`;
const webToken = `eyJ${"hbGciOi".repeat(3)}.eyJ${"zdWIiOi".repeat(3)}.sig-nature`;

const upper = (text: string): string => text.toUpperCase();

describe("maskSecrets", () => {
  test.each([
    ["deploy --password=hunter2 now", "deploy --password=[redacted] now"],
    ["deploy --db-password hunter2 now", "deploy --db-password [redacted] now"],
    ["deploy --api-key 'a b' now", "deploy --api-key [redacted] now"],
    ['deploy -token="a b" now', "deploy -token=[redacted] now"],
    ["PGPASSWORD=hunter2 psql", "PGPASSWORD=[redacted] psql"],
    ["env AWS_SECRET_ACCESS_KEY=abc aws s3 ls", "env AWS_SECRET_ACCESS_KEY=[redacted] aws s3 ls"],
    ["curl -H 'Authorization: Bearer abc.def'", "curl -H 'Authorization: Bearer [redacted]'"],
    ["curl -H 'Authorization: abc'", "curl -H 'Authorization: [redacted]'"],
    ["curl -H 'X-Api-Key: abc' x", "curl -H 'X-Api-Key: [redacted]' x"],
    ["curl -H 'Cookie: session=abc; b=c' x", "curl -H 'Cookie: [redacted]' x"],
    ["curl -u joe:hunter2 x", "curl -u joe:[redacted] x"],
    ["git clone https://joe:hunter2@host/x", "git clone https://joe:[redacted]@host/x"],
    [`git clone https://${github}@host/x`, "git clone https://[redacted]@host/x"],
    ["psql postgres://u:p%40ss@db/x", "psql postgres://u:[redacted]@db/x"],
    ["curl 'https://h/x?access_token=abc&y=1'", "curl 'https://h/x?access_token=[redacted]&y=1'"],
    [`echo '{"password": "hunter2", "a": 1}'`, `echo '{"password": [redacted], "a": 1}'`],
    ["sshpass -p hunter2 ssh x", "sshpass -p [redacted] ssh x"],
    ["mysql -u root -phunter2 db", "mysql -u root -p[redacted] db"],
    [`echo ${github}`, "echo [redacted]"],
    [`echo ${webToken}`, "echo [redacted]"],
    [
      "echo '-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----'",
      "echo '[redacted]'",
    ],
  ])("%s", (text, shown) => {
    expect(maskSecrets(text)).toBe(shown);
  });

  test.each([
    "/bin/true",
    "git log --oneline --author=me@example.com",
    "ls -l /etc/ssl/private",
    "ssh -p 22 user@host uptime",
    "mkdir -p a/b",
    "docker run -u 1000:1000 image",
    "git clone git@host:x/y.git",
    "npm run build --if-present && echo token",
    "cat src/lib/secret-patterns.ts",
    "curl https://example.com:8443/x?page=2",
  ])("leaves %s", (text) => {
    expect(maskSecrets(text)).toBe(text);
  });

  test("looks at every text that a rule could match", () => {
    const parts = [
      "-u ",
      "--password ",
      "token",
      "=",
      " ",
      "?key=",
      "a",
      "b1",
      "authorization",
      "'",
    ];
    const tails = ["basic ", "sshpass -p ", "mysql -p", github, webToken, "AKIAABCDEFGHIJKLMNOP"];
    const texts = fc.array(fc.constantFrom(...parts, ...tails, ...parts.map(upper)), {
      maxLength: 8,
    });
    // A colon makes it look closer, and in a line of its own it changes nothing.
    const closer = ":\n";
    holds(
      fc.property(texts, (words) => {
        const text = words.join("");
        expect(closer + maskSecrets(text)).toBe(maskSecrets(closer + text));
      }),
    );
  });

  test("takes no longer for texts that are made to be slow", () => {
    for (const part of [
      "--password",
      "https://a:",
      "-u a",
      "eyJaaaaaaaa.",
      "mysql ",
      "a-key ",
      "x-",
    ]) {
      expect(maskSecrets(part.repeat(1000))).toBeString();
    }
  });
});
