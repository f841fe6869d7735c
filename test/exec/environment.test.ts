import { describe, expect, test } from "bun:test";
import { buildEnvironment } from "../../src/exec/environment.ts";

interface Given {
  readonly inherited?: Record<string, string | undefined>;
  readonly strict?: boolean;
  readonly windows?: boolean;
}

function build(overrides: Record<string, string>, given: Given = {}) {
  return buildEnvironment({
    inherited: { PATH: "/usr/bin:/bin", LANG: "C", ...given.inherited },
    overrides,
    strict: given.strict ?? false,
    windows: given.windows ?? false,
  });
}

function set(overrides: Record<string, string>, given?: Given): Record<string, string> {
  const result = build(overrides, given);
  if (!result.ok) throw new Error(result.message);
  return { ...result.env };
}

function refusal(overrides: Record<string, string>, given?: Given): string | undefined {
  const result = build(overrides, given);
  return result.ok ? undefined : result.message;
}

const alwaysRefused = [
  "LD_PRELOAD",
  "LD_LIBRARY_PATH",
  "LD_AUDIT",
  "LD_",
  "DYLD_INSERT_LIBRARIES",
  "NODE_OPTIONS",
  "NODE_PATH",
  "BUN_OPTIONS",
  "BUN_BE_BUN",
  "BUN_INSPECT_PRELOAD",
  "BUN_RUNTIME_TRANSPILER_CACHE_PATH",
  "BASH_ENV",
  "ENV",
  "PS4",
  "IFS",
  "SHELLOPTS",
  "BASHOPTS",
  "PROMPT_COMMAND",
  "PYTHONPATH",
  "PYTHONHOME",
  "PYTHONSTARTUP",
  "PYTHONPYCACHEPREFIX",
  "PERL5LIB",
  "PERL5OPT",
  "PERL5SHELL",
  "RUBYOPT",
  "RUBYLIB",
  "RUBYGEMS_GEMDEPS",
  "JAVA_TOOL_OPTIONS",
  "_JAVA_OPTIONS",
  "GCONV_PATH",
  "GLIBC_TUNABLES",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
  "GIT_EXTERNAL_DIFF",
  "GIT_CONFIG_COUNT",
  "GIT_CONFIG_KEY_0",
  "GIT_EXEC_PATH",
  "GIT_TEMPLATE_DIR",
  "LESSOPEN",
  "MAKEFLAGS",
  "CLAWDBOT_GATEWAY_TOKEN",
  "CLAWDBOT_STATE_DIR",
  "OPENCLAW_GATEWAY_TOKEN",
  "CREDENTIALS_DIRECTORY",
  "NOTIFY_SOCKET",
];

const refusedInAllowlistMode = [
  "HOME",
  "ZDOTDIR",
  "XDG_CONFIG_HOME",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "NPM_CONFIG_REGISTRY",
  "PIP_INDEX_URL",
  "GOPROXY",
  "EDITOR",
  "VISUAL",
  "PAGER",
  "KUBECONFIG",
  "DOCKER_HOST",
  "SSL_CERT_FILE",
  "SSH_AUTH_SOCK",
  "TMPDIR",
  // By what their names say; nobody listed them.
  "MY_LD_PRELOAD",
  "XZ_OPT",
  "ZIPOPT",
  "FOO_OPTS",
  "ACME_FLAGS",
  "ACME_PLUGIN_DIR",
  "ACME_CONFIG",
  "ACME_CONFIG_URL",
  "ACME_HOME",
  "ACME_EDITOR",
  "ACME_PAGER",
  "ACME_COMMAND",
  "ACME_WRAPPER",
  "ACMERC",
  "MANPATH",
  "CDPATH",
  "TEXINPUTS",
  "CLOUDSDK_PYTHON",
  "ELECTRON_RUN_AS_NODE",
  "GIT_ANYTHING",
  "PYTHONANYTHING",
  "NODE_ANYTHING",
  "GOTOOLCHAIN",
  "CCACHE_PREFIX",
  "LESS",
  "LANGUAGE",
  "DISPLAY",
  "PGHOST",
  // Each of them made an allowed program run another one, or write a file of its choice.
  "ZIP",
  "UNZIP",
  "FLASK_APP",
  "HARNESS_PERL",
  "RSYNC_CONNECT_PROG",
  "TOX_OVERRIDE",
  "RUSTFMT",
  "M4",
  "PYSPARK_PYTHON",
  "OMPI_MCA_PLM_RSH_AGENT",
  "FFREPORT",
  "DEPENDENCIES_OUTPUT",
  "COVERAGE_PROCESS_START",
  "USE_BAZEL_VERSION",
  "HOMEBREW_BREW_GIT_REMOTE",
  "OPENSSL_CONF_INCLUDE",
  "__EGL_VENDOR_LIBRARY_FILENAMES",
];

const harmless = [
  "A",
  "_",
  "LC_ALL",
  "TERM",
  "OLD_",
  "GIT_AUTHOR_NAME",
  "GIT_COMMITTER_DATE",
  "PYTHONUNBUFFERED",
  "NODE_ENV",
  "FOO",
  "CI",
  "LANG",
  "TZ",
  "DEBUG",
  "LOG_LEVEL",
  "PORT",
  "HOST",
  "API_KEY",
  "DATABASE_URL",
  "RAILS_ENV",
  "APP_VERSION",
  "GOOS",
  "RUST_LOG",
  "PYTHONDONTWRITEBYTECODE",
  "DEBIAN_FRONTEND",
  "HOMEBREW_NO_AUTO_UPDATE",
  "HOMEPAGE",
  "ENVIRONMENT",
  "CLAWD",
  "constructor",
  "toString",
];

describe("buildEnvironment", () => {
  test("without overrides a command inherits what is there", () => {
    expect(set({})).toEqual({ PATH: "/usr/bin:/bin", LANG: "C" });
  });

  test.each(alwaysRefused)(
    "%s is refused in every mode, in any case, with blanks around",
    (name) => {
      for (const spelled of [name, name.toLowerCase(), ` ${name}\t`]) {
        for (const strict of [true, false]) {
          expect(refusal({ [spelled]: "x" }, { strict })).toBe(
            `SYSTEM_RUN_DENIED: environment override rejected (blocked override keys: ${name})`,
          );
        }
      }
    },
  );

  test.each(refusedInAllowlistMode)("%s is refused where an allowlist holds, else set", (name) => {
    for (const spelled of [name, name.toLowerCase()]) {
      expect(refusal({ [spelled]: "x" }, { strict: true })).toContain(
        `blocked override keys: ${name}`,
      );
      expect(set({ [spelled]: "x" })).toMatchObject({ [spelled]: "x" });
    }
  });

  test.each(["PAGER", "GIT_PAGER", "MANPAGER"])(
    "%s may say that there is to be no pager",
    (name) => {
      for (const strict of [true, false]) {
        for (const value of ["", "cat"]) {
          expect(set({ [name]: value }, { strict })[name]).toBe(value);
        }
      }
      for (const value of ["less", "cat -A", "/tmp/cat", "cat;id", " cat"]) {
        expect(refusal({ [name]: value }, { strict: true })).toContain(`keys: ${name}`);
      }
      expect(refusal({ [name.toLowerCase()]: "cat" }, { strict: true })).toBeDefined();
    },
  );

  test("a refusal because of the allowlist names what to do", () => {
    expect(refusal({ ACME_OPTS: "x", LD_PRELOAD: "x" }, { strict: true })?.split("\n")).toEqual([
      "SYSTEM_RUN_DENIED: environment override rejected (blocked override keys: ACME_OPTS, LD_PRELOAD)",
      "Where an allowlist holds, a run does not set variables that choose programs, files or places. Set them where the node host is started, or leave them out.",
    ]);
    expect(refusal({ ACME_OPTS: "x", LD_PRELOAD: "x" })?.split("\n")).toHaveLength(1);
  });

  test.each(harmless)("%s is set in every mode", (name) => {
    for (const strict of [true, false]) {
      expect(set({ [name]: "a=b c" }, { strict })[name]).toBe("a=b c");
    }
  });

  test.each<[string, Record<string, string>, string]>([
    ["a function for bash", { "BASH_FUNC_ls%%": "() { id; }" }, "BASH_FUNC_ls%%"],
    ["an equals sign", { "A=B": "x" }, "A=B"],
    ["a dash", { "A-B": "x" }, "A-B"],
    ["a digit first", { "1A": "x" }, "1A"],
    ["a NUL in the name", { "A\0B": "x" }, "A\0B"],
    ["a NUL in the value", { A: "x\0LD_PRELOAD=y" }, "A"],
    ["a line break in the name", { "A\nLD_PRELOAD": "x" }, "A\nLD_PRELOAD"],
    ["letters that upper case would change", { "ld_preload\u0131": "x" }, "ld_preload\u0131"],
    ["the prototype", JSON.parse('{"__proto__":"x"}'), "__proto__"],
  ])("%s is no variable", (_case, overrides, shown) => {
    expect(refusal(overrides)).toBe(
      `SYSTEM_RUN_DENIED: environment override rejected (invalid non-portable override keys: ${shown})`,
    );
  });

  test("all refused names are told at once, in order", () => {
    expect(refusal({ "9": "x", LD_X: "x", B: "fine", BASH_ENV: "x", "a-b": "x" })).toBe(
      "SYSTEM_RUN_DENIED: environment override rejected (blocked override keys: BASH_ENV, LD_X; invalid non-portable override keys: 9, a-b)",
    );
  });

  test("blank names are skipped, as the reference does", () => {
    expect(set({ "": "x", "  ": "y" })).toEqual({ PATH: "/usr/bin:/bin", LANG: "C" });
  });

  test("a value that overrides wins; the inherited object stays as it was", () => {
    const inherited = { LANG: "C", A: "old" };
    expect(set({ A: "new" }, { inherited })["A"]).toBe("new");
    expect(inherited.A).toBe("old");
  });

  test("nothing of the host itself, and nothing that loads code, is inherited", () => {
    const inherited = {
      CLAWDBOT_GATEWAY_TOKEN: "secret",
      CLAWDBOT_GATEWAY_PASSWORD: "secret",
      CLAWDBOT_STATE_DIR: "/x",
      clawdbot_profile: "x",
      OPENCLAW_GATEWAY_TOKEN: "secret",
      CREDENTIALS_DIRECTORY: "/run/credentials",
      NOTIFY_SOCKET: "/run/notify",
      INVOCATION_ID: "x",
      LD_PRELOAD: "/x.so",
      NODE_OPTIONS: "--require /x.js",
      BASH_ENV: "/x",
      "BASH_FUNC_ls%%": "() { id; }",
      BUN_OPTIONS: "--preload /x.ts",
      GONE: undefined,
      // A home or a proxy of this machine's owner is his own choice.
      HOME: "/home/me",
      HTTPS_PROXY: "http://proxy",
      "odd-name": "stays",
    };
    expect(set({}, { inherited })).toEqual({
      PATH: "/usr/bin:/bin",
      LANG: "C",
      HOME: "/home/me",
      HTTPS_PROXY: "http://proxy",
      "odd-name": "stays",
    });
  });
});

describe("PATH", () => {
  test("a program is not looked for in thousands of places", () => {
    const places = (count: number) =>
      `${Array.from({ length: count }, (_, index) => `/x${index}`).join(":")}:/usr/bin:/bin`;
    expect(set({ PATH: places(64) })["PATH"]).toBe(places(64));
    expect(refusal({ PATH: places(65) })).toContain("PATH");
  });

  const current = "/usr/bin:/bin";

  test.each<[string, string, string]>([
    ["the same", current, current],
    ["blank", "  ", current],
    ["empty", "", current],
    ["prepended to", `/opt/x:${current}`, `/opt/x:${current}`],
    ["prepended to, with blanks around", ` /opt/x:${current} `, `/opt/x:${current}`],
  ])("%s is taken", (_case, value, wanted) => {
    expect(set({ PATH: value })["PATH"]).toBe(wanted);
  });

  test.each<[string, string]>([
    ["replaced", "/opt/x"],
    ["appended to", `${current}:/opt/x`],
    ["glued on without a separator", `/opt/x${current}`],
    ["with the separator of another system", `/opt/x;${current}`],
    ["in another order", "/bin:/usr/bin"],
  ])("%s is refused", (_case, value) => {
    expect(refusal({ PATH: value })).toContain("blocked override keys: PATH");
  });

  test("where an allowlist holds, only the same PATH is taken", () => {
    expect(set({ PATH: current }, { strict: true })["PATH"]).toBe(current);
    expect(refusal({ PATH: `/opt/x:${current}` }, { strict: true })).toContain("PATH");
  });

  test("another spelling is the same variable, never a second one", () => {
    const env = set({ pAtH: `/opt/x:${current}` });
    expect(Object.keys(env).filter((name) => name.toUpperCase() === "PATH")).toEqual(["PATH"]);
    expect(env["PATH"]).toBe(`/opt/x:${current}`);
    expect(refusal({ path: "/evil" })).toContain("PATH");
  });

  test("on Windows the inherited spelling and the semicolon count", () => {
    const given = { inherited: { PATH: undefined, Path: "C:\\bin" }, windows: true };
    expect(set({ PATH: "D:\\x;C:\\bin" }, given)["Path"]).toBe("D:\\x;C:\\bin");
    expect(refusal({ PATH: "D:\\x:C:\\bin" }, given)).toContain("PATH");
  });
});
