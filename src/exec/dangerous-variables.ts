/**
 * Environment variables that can make an allowed program run something else. One table, with the
 * reason of each group.
 */

interface Group {
  readonly reason: string;
  /** Upper-case. A trailing `*` stands for any rest. */
  readonly names: readonly string[];
}

/** Never taken from a request, and never inherited by a command. */
const codeLoading: readonly Group[] = [
  {
    reason: "the loader maps foreign code",
    names: [
      "LD_*",
      "DYLD_*",
      "GCONV_PATH",
      "GLIBC_TUNABLES",
      "HOSTALIASES",
      "OPENSSL_CONF",
      "OPENSSL_ENGINES",
    ],
  },
  {
    reason: "a shell runs or imports text at start",
    names: [
      "BASH_ENV",
      "ENV",
      "BASH_FUNC_*",
      "SHELLOPTS",
      "BASHOPTS",
      "PS4",
      "IFS",
      "PROMPT_COMMAND",
      "FPATH",
      "KSH_ENV",
    ],
  },
  {
    reason: "an interpreter loads code at start",
    names: [
      "NODE_OPTIONS",
      "NODE_PATH",
      "NODE_REPL_EXTERNAL_MODULE",
      "NODE_REPL_HISTORY",
      "NODE_REDIRECT_WARNINGS",
      "NODE_V8_COVERAGE",
      "BUN_*",
      "DENO_DIR",
      "PYTHONSTARTUP",
      "PYTHONPATH",
      "PYTHONHOME",
      "PYTHONUSERBASE",
      "PYTHONBREAKPOINT",
      "PYTHONINSPECT",
      "PYTHONEXECUTABLE",
      "PYTHONPLATLIBDIR",
      "PYTHONPYCACHEPREFIX",
      "PYTHONWARNINGS",
      "PERL5*",
      "PERLLIB",
      "RUBY*",
      "BUNDLE_GEMFILE",
      "JAVA_TOOL_OPTIONS",
      "_JAVA_OPTIONS",
      "JDK_JAVA_OPTIONS",
      "JAVA_OPTS",
      "ANT_OPTS",
      "MAVEN_OPTS",
      "GRADLE_OPTS",
      "SBT_OPTS",
      "CATALINA_OPTS",
      "CLASSPATH",
      "DOTNET_STARTUP_HOOKS",
      "DOTNET_ADDITIONAL_DEPS",
      "CORECLR_PROFILER*",
      "CORECLR_ENABLE_PROFILING",
      "LUA_INIT*",
      "LUA_PATH*",
      "LUA_CPATH*",
      "PHPRC",
      "PHP_INI_SCAN_DIR",
      "R_PROFILE*",
      "R_ENVIRON*",
      "R_LIBS_USER",
      "TCLLIBPATH",
      "ERL_AFLAGS",
      "ERL_FLAGS",
      "ERL_ZFLAGS",
      "ELIXIR_ERL_OPTIONS",
      "EMACSLOADPATH",
      "VIMINIT",
      "EXINIT",
      "GVIMINIT",
      "MYVIMRC",
    ],
  },
  {
    reason: "git runs a program that it names",
    names: [
      "GIT_SSH",
      "GIT_SSH_COMMAND",
      "GIT_PROXY_COMMAND",
      "GIT_ASKPASS",
      "GIT_EDITOR",
      "GIT_SEQUENCE_EDITOR",
      "GIT_PAGER",
      "GIT_EXTERNAL_DIFF",
      "GIT_EXEC_PATH",
      "GIT_TEMPLATE_DIR",
      "GIT_CONFIG*",
      "GIT_DIR",
      "GIT_COMMON_DIR",
      "GIT_WORK_TREE",
      "GIT_INDEX_FILE",
      "GIT_NAMESPACE",
      "GIT_OBJECT_DIRECTORY",
      "GIT_ALTERNATE_OBJECT_DIRECTORIES",
      "GIT_HOOK_PATH",
      "GIT_ALLOW_PROTOCOL",
      "GIT_PROTOCOL_FROM_USER",
      "GIT_SSL_*",
      "GIT_ATTR_SOURCE",
    ],
  },
  {
    reason: "a tool runs a program that it names",
    names: [
      "SSH_ASKPASS",
      "SUDO_ASKPASS",
      "SVN_SSH",
      "SVN_EDITOR",
      "HGEDITOR",
      "HGMERGE",
      "HGRCPATH",
      "BZR_*",
      "LESSOPEN",
      "LESSCLOSE",
      "MAKE",
      "MAKEFLAGS",
      "MFLAGS",
      "CONFIG_SHELL",
      "CONFIG_SITE",
      "RUSTC*",
      "RUSTDOC",
      "CARGO_BUILD_RUST*",
      "CARGO_TARGET_*",
      "CMAKE_*",
      "HELM_PLUGINS",
      "PACKER_PLUGIN_PATH",
      "VAGRANT_VAGRANTFILE",
      "TF_CLI_CONFIG_FILE",
      "ANSIBLE_*",
      "RSYNC_RSH",
      "BROWSER",
    ],
  },
];

/** Taken from a request only where the policy lets everything run. */
const redirecting: readonly Group[] = [
  {
    reason: "another home brings other start-up files",
    names: [
      "HOME",
      "ZDOTDIR",
      "XDG_*",
      "USERPROFILE",
      "APPDATA",
      "LOCALAPPDATA",
      "SHELL",
      "COMSPEC",
      "SYSTEMROOT",
      "WINDIR",
      "PATHEXT",
      "TMPDIR",
      "TEMP",
      "TMP",
    ],
  },
  {
    reason: "traffic goes elsewhere",
    names: [
      "HTTP_PROXY",
      "HTTPS_PROXY",
      "ALL_PROXY",
      "NO_PROXY",
      "FTP_PROXY",
      "SSL_*",
      "SSLKEYLOGFILE",
      "CURL_*",
      "WGETRC",
      "REQUESTS_CA_BUNDLE",
      "NODE_EXTRA_CA_CERTS",
      "NODE_TLS_REJECT_UNAUTHORIZED",
    ],
  },
  {
    reason: "packages come from elsewhere",
    names: [
      "NPM_CONFIG_*",
      "YARN_*",
      "PIP_*",
      "UV_*",
      "CARGO_*",
      "RUSTUP_*",
      "RUSTFLAGS",
      "GOPROXY",
      "GOFLAGS",
      "GONO*",
      "GOPRIVATE",
      "GOPATH",
      "GOENV",
      "GEM_*",
      "COMPOSER_HOME",
      "CONDA_*",
      "VIRTUAL_ENV",
      "GRADLE_USER_HOME",
    ],
  },
  {
    reason: "a program is started to edit or show",
    names: ["EDITOR", "VISUAL", "PAGER", "MANPAGER", "FCEDIT", "SUDO_EDITOR", "JULIA_EDITOR"],
  },
  {
    reason: "another machine or account is addressed",
    names: [
      "KUBECONFIG",
      "DOCKER_*",
      "AWS_*",
      "AZURE_*",
      "GOOGLE_APPLICATION_CREDENTIALS",
      "HELM_HOME",
      "SSH_AUTH_SOCK",
      "TF_*",
    ],
  },
  {
    reason: "a compiler picks up other files",
    names: [
      "CC",
      "CXX",
      "CPP",
      "CFLAGS",
      "CXXFLAGS",
      "LDFLAGS",
      "CGO_*",
      "CPATH",
      "C_INCLUDE_PATH",
      "LIBRARY_PATH",
    ],
  },
];

/** This program's own credentials and internals: nothing of them reaches a command. */
const own: readonly Group[] = [
  {
    reason: "credentials and internals of the node host",
    names: [
      "CLAWDBOT_*",
      "OPENCLAW_*",
      "CF_ACCESS_*",
      "CREDENTIALS_DIRECTORY",
      "NOTIFY_SOCKET",
      "WATCHDOG_*",
      "LISTEN_*",
      "INVOCATION_ID",
      "JOURNAL_STREAM",
    ],
  },
];

function matcher(groups: readonly Group[]): (name: string) => boolean {
  const names = groups.flatMap((group) => group.names);
  const exact = new Set(names.filter((name) => !name.endsWith("*")));
  const prefixes = names.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

export const isCodeLoading = matcher(codeLoading);
export const isRedirecting = matcher(redirecting);
export const isOwn = matcher(own);
