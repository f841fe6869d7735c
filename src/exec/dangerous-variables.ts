/**
 * Environment variables that can make an allowed program run something else. One table, with the
 * reason of each group.
 */

interface Group {
  readonly reason: string;
  /** Upper-case, blanks between them. A `*` at the beginning or the end stands for any text. */
  readonly names: string;
}

/** Never taken from a request, and never inherited by a command. */
const codeLoading: readonly Group[] = [
  {
    reason: "the loader maps foreign code",
    names: `
      LD_* DYLD_* GCONV_PATH GLIBC_TUNABLES HOSTALIASES OPENSSL_CONF OPENSSL_ENGINES
      OPENSSL_MODULES`,
  },
  {
    reason: "a shell runs or imports text at start",
    names: "BASH_ENV ENV BASH_FUNC_* SHELLOPTS BASHOPTS PS4 IFS PROMPT_COMMAND FPATH KSH_ENV",
  },
  {
    reason: "an interpreter loads code at start",
    names: `
      NODE_OPTIONS NODE_PATH NODE_COMPILE_CACHE NODE_REPL_EXTERNAL_MODULE
      NODE_REPL_HISTORY NODE_REDIRECT_WARNINGS NODE_V8_COVERAGE BUN_* DENO_DIR
      PYTHONSTARTUP PYTHONPATH PYTHONHOME PYTHONUSERBASE PYTHONBREAKPOINT PYTHONINSPECT
      PYTHONEXECUTABLE PYTHONPLATLIBDIR PYTHONPYCACHEPREFIX PYTHONWARNINGS PERL5* PERLLIB
      RUBY* BUNDLE_GEMFILE JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS JAVA_OPTS
      ANT_OPTS MAVEN_OPTS GRADLE_OPTS SBT_OPTS CATALINA_OPTS CLASSPATH
      DOTNET_STARTUP_HOOKS DOTNET_ADDITIONAL_DEPS CORECLR_PROFILER*
      CORECLR_ENABLE_PROFILING LUA_INIT* LUA_PATH* LUA_CPATH* PHPRC PHP_INI_SCAN_DIR
      R_PROFILE* R_ENVIRON* R_LIBS_USER TCLLIBPATH ERL_AFLAGS ERL_FLAGS ERL_ZFLAGS
      ELIXIR_ERL_OPTIONS EMACSLOADPATH VIMINIT EXINIT GVIMINIT MYVIMRC`,
  },
  {
    reason: "git runs a program that it names",
    names: `
      GIT_SSH GIT_TRACE* GIT_SSH_COMMAND GIT_PROXY_COMMAND GIT_ASKPASS GIT_EDITOR
      GIT_SEQUENCE_EDITOR GIT_PAGER GIT_EXTERNAL_DIFF GIT_EXEC_PATH GIT_TEMPLATE_DIR
      GIT_CONFIG* GIT_DIR GIT_COMMON_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_NAMESPACE
      GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_HOOK_PATH
      GIT_ALLOW_PROTOCOL GIT_PROTOCOL_FROM_USER GIT_SSL_* GIT_ATTR_SOURCE`,
  },
  {
    reason: "a tool runs a program that it names",
    names: `
      SSH_ASKPASS SUDO_ASKPASS SVN_SSH SVN_EDITOR HGEDITOR HGMERGE HGRCPATH BZR_* LESSOPEN
      LESSCLOSE MAKE MAKEFLAGS MAKEFILES GNUMAKEFLAGS COMPILER_PATH GCC_EXEC_PREFIX GREP
      CMP DIFF TAR_OPTIONS GREP_OPTIONS RIPGREP_CONFIG_PATH FZF_* MAGICK_* MFLAGS
      CONFIG_SHELL CONFIG_SITE RUSTC* RUSTDOC CARGO_BUILD_RUST* CARGO_TARGET_* CMAKE_*
      HELM_PLUGINS PACKER_PLUGIN_PATH VAGRANT_VAGRANTFILE TF_CLI_CONFIG_FILE ANSIBLE_*
      RSYNC_RSH BROWSER`,
  },
];

/** Taken from a request only where the policy lets everything run; each for a known reason. */
const redirecting: readonly Group[] = [
  {
    reason: "another home brings other start-up files",
    names: `
      HOME ZDOTDIR XDG_* USERPROFILE APPDATA LOCALAPPDATA SHELL COMSPEC SYSTEMROOT WINDIR
      PATHEXT TMPDIR TEMP TMP`,
  },
  {
    reason: "traffic goes elsewhere",
    names: `
      HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY FTP_PROXY SSL_* SSLKEYLOGFILE CURL_*
      WGETRC REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED`,
  },
  {
    reason: "packages come from elsewhere",
    names: `
      NPM_CONFIG_* YARN_* PIP_* UV_* CARGO_* RUSTUP_* RUSTFLAGS GOPROXY GOFLAGS GONO*
      GOPRIVATE GOPATH GOENV GEM_* COMPOSER_HOME CONDA_* VIRTUAL_ENV GRADLE_USER_HOME`,
  },
  {
    reason: "a program is started to edit or show",
    names: "EDITOR VISUAL PAGER MANPAGER FCEDIT SUDO_EDITOR JULIA_EDITOR",
  },
  {
    reason: "another machine or account is addressed",
    names: `
      KUBECONFIG DOCKER_* AWS_* AZURE_* GOOGLE_APPLICATION_CREDENTIALS HELM_HOME
      SSH_AUTH_SOCK TF_*`,
  },
  {
    reason: "a compiler picks up other files",
    names: `
      CC CXX CPP CFLAGS CXXFLAGS LDFLAGS CGO_* CPATH POSIXLY_CORRECT _POSIX2_VERSION
      JAVA_HOME GOROOT PYENV_* RBENV_* NVM_DIR C_INCLUDE_PATH LIBRARY_PATH`,
  },
];

/**
 * Whole classes, refused where an allowlist holds: programs read more variables than anybody can
 * list, and the names of those that choose code, files or places are alike.
 */
const classes: readonly Group[] = [
  {
    reason: "the name says that it is a search path, a place or a file",
    names: `
      *PATH *PATHS *_PATH_* *HOME *DIR *DIRS *ROOT *PREFIX *FILE *FILES *INPUTS *AUTHORITY
      *RC *RCFILE *CONFIG *_CONFIG_* *CONF *CFG *INI *INIT *STARTUP *TEMPLATE *SETTINGS
      *DIRECTORY *DIRECTORIES *FOLDER *FILENAME *FILENAMES`,
  },
  {
    reason: "the name says that it is code, or what loads it",
    names: `
      *PRELOAD* *PLUGIN *PLUGINS *_PLUGIN_* *MODULE *MODULES *_MODULE_* *LIB *LIBS *_LIB_*
      *LIBRARY *LIBRARIES *_LIBRARY_* *HOOK *HOOKS *_HOOK_* *_APP *_DRIVER *_DRIVER_* *TOOLCHAIN
      *TOOLCHAINS`,
  },
  {
    reason: "the name says that it is a program or its options",
    names: `
      *OPT *OPTS *OPTIONS *FLAGS *ARGS *COMMAND *_COMMAND_* *CMD *EXEC *_EXEC_* *EXE *BIN
      *BINARY *PROGRAM *EDITOR *PAGER *VIEWER *BROWSER *SHELL *_SHELL_* *ASKPASS *WRAPPER
      *LAUNCHER *RUNNER *DEBUGGER *COMPILER *LINKER *INTERPRETER *_PROG *_RSH *_PYTHON *_PERL
      *_RUBY *_JAVA *_EXECUTABLE *_OPENER`,
  },
  {
    reason: "the name says that traffic or packages go elsewhere",
    names: "*PROXY *REGISTRY *MIRROR *ENDPOINT *_INDEX_URL *_REPOURL",
  },
  {
    reason: "a shell, an interpreter or its tools read many of these",
    names: `
      BASH* ZSH* FISH* KSH* HIST* GLOBIGNORE POSIX* PYTHON* PYTEST_* NODE_* NPM_* PNPM_*
      COREPACK_* TS_NODE_* ELECTRON_* DENO_* PERL* RUBY* BUNDLE* PHP* LUA* JAVA* JDK_* JVM_*
      DOTNET_* CORECLR_* COMPLUS_* MSBUILD* NUGET_* R_* ERL_* ELIXIR_* MIX_* HEX_* REBAR_* TCL*
      JULIA_* GHC* STACK_* OCAML* OPAM*`,
  },
  {
    reason: "a tool reads many of these, and some name programs or files",
    names: `
      GIT_* SSH_* SVN_* HG* CVS* P4* GPG* GNUPG* SUDO_* DOAS_* EMACS* VIM* NVIM_* LESS* MORE MOST*
      MANROFF* GROFF_* BAT_* DELTA_* GH_* TMUX* SCREEN* W3M* LYNX* WWW_* TEX* BIB* GS_* OPENIN*
      OPENOUT* CCACHE_* DISTCC_* SCCACHE_* PKG_CONFIG* LIBTOOL* AUTOM4TE AUTOCONF ACLOCAL MAKE*
      M2_* MAVEN_* GRADLE_* ANT_* SBT_* LEIN_* CONAN_* VCPKG_* VAGRANT_* PACKER_* PUPPETEER_*
      PLAYWRIGHT_* COMPOSE_* BUILDKIT_* BUILDX_* PODMAN_* CONTAINER* LIBVIRT_* QEMU_* WINE*
      SYSTEMD_* DBUS_* GO* AR AS LD NM AWK SED TAR PYTHON RUBY PERL NODE FLASK_* UVICORN_*
      GUNICORN_* CELERY_* STREAMLIT_* TOX* NOX* COVERAGE_* HATCH_* PDM_* POETRY_* PIPENV_*
      VIRTUALENV_* HARNESS_* PYSPARK_* SPARK_* HADOOP_* AIRFLOW_* OMPI_* PRTE_* PMIX_* I_MPI_*
      HYDRA_* SLURM_* PDSH_* RSYNC_* BAZEL* USE_BAZEL* DIRENV_* ASDF_* MISE_* NIX_* NIXPKGS_*
      HOMEBREW_* DPKG_* TERRAGRUNT_* TG_* PULUMI_* MONO_* OPENSSL_* MVN* JUST_* HOSTCC HOSTCXX`,
  },
  {
    reason: "a tool takes these as its options, as a program, or as a file to write",
    names: `
      ZIP UNZIP ZIPINFO RAR* TAPE FFREPORT MANLESS RUSTFMT M4 FC F77 F90 YACC LEX RANLIB STRIP
      OBJCOPY OBJDUMP CROSS_COMPILE INSTALL AUTO* COLLECT_* DEPENDENCIES_OUTPUT
      SUNPRO_DEPENDENCIES TNS_ADMIN MARIADB_* NNN_* FIT_SCRIPT SENDMAIL MAILER DIFFPROG PACMAN
      XENVIRONMENT DEBUGINFOD_* CUPS_*`,
  },
  {
    reason: "a library in most programs reads these",
    names: `
      MALLOC_* G_* GIO_* GTK_* QT_* GST_* VK_* OCL_* GNUTLS_* NSS_* KRB5* SASL_* LDAP* ODBC*
      TERMINFO* TERMCAP LOCPATH NLSPATH LANGUAGE TZDIR RES_OPTIONS LOCALDOMAIN ASAN_* UBSAN_*
      TSAN_* LSAN_* LLVM_* GCOV_*`,
  },
  {
    reason: "another machine, account or display is addressed",
    names: `
      PG* MYSQL_* REDIS* KUBE* HELM_* VAULT_* CONSUL_* CLOUDSDK_* GOOGLE_* AZURE_* DISPLAY
      WAYLAND_* XAUTH*`,
  },
];

/** Ordinary variables of those classes, and what people set all day. */
const ordinary: readonly Group[] = [
  {
    reason: "how a program writes, not what it does",
    names: `
      TERM COLORTERM NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE COLUMNS LINES LANG LC_* TZ CI
      DEBIAN_FRONTEND`,
  },
  {
    reason: "a mode or a name, no place",
    names: `
      NODE_ENV PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONIOENCODING PYTHONUTF8
      PYTHONHASHSEED GIT_AUTHOR_* GIT_COMMITTER_* GIT_TERMINAL_PROMPT GIT_OPTIONAL_LOCKS GOOS
      GOARCH GOMAXPROCS HOMEBREW_NO_*`,
  },
];

/** This program's own credentials and internals: nothing of them reaches a command. */
const own: readonly Group[] = [
  {
    reason: "credentials and internals of the node host",
    names: `
      CLAWDBOT_* OPENCLAW_* CF_ACCESS_* CREDENTIALS_DIRECTORY NOTIFY_SOCKET WATCHDOG_*
      LISTEN_* INVOCATION_ID JOURNAL_STREAM`,
  },
];

function matcher(groups: readonly Group[]): (name: string) => boolean {
  const patterns = groups.flatMap(({ names }) => names.trim().split(/\s+/));
  const exact = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const texts = (shape: RegExp): readonly string[] =>
    patterns.filter((pattern) => shape.test(pattern)).map((one) => one.replaceAll("*", ""));
  const [starts, ends, parts] = [texts(/^[^*]+\*$/), texts(/^\*[^*]+$/), texts(/^\*[^*]+\*$/)];
  return (name) =>
    exact.has(name) ||
    starts.some((text) => name.startsWith(text)) ||
    ends.some((text) => name.endsWith(text)) ||
    parts.some((text) => name.includes(text));
}

export const isCodeLoading = matcher(codeLoading);
export const isOwn = matcher(own);

const isKnown = matcher(redirecting);
const isOfClass = matcher(classes);
const isOrdinary = matcher(ordinary);

/** Whether a variable can make an allowed program do something else than its owner allowed. */
export function isRedirecting(name: string): boolean {
  return isKnown(name) || (isOfClass(name) && !isOrdinary(name));
}
