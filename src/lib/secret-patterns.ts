/** Texts that are secrets by where they stand or how they look, in commands that others wrote. */

const masked = "[redacted]";

/** Words that name a secret, as a part of a flag, a variable or a header. */
const names =
  "(?:password|passwd|passphrase|pwd|token|secret|credentials?|api[-_]?key|access[-_]?key|private[-_]?key)";

/** A value as shells write it: quoted, or up to the next blank. */
const value = `(?:"[^"]*"?|'[^']*'?|[^\\s"'&;|]+)`;

const rules: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}-----)?/g, masked],
  // Headers go first: their values have blanks in them.
  [/\b(authorization\s*[:=]\s*(?:(?:bearer|basic|token|digest)\s+)?)[^\s"']+/gi, `$1${masked}`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${masked}`],
  [/\b((?:x-[\w-]{0,40}|[\w-]{0,40}api-key|cookie|set-cookie)\s*:\s*)[^"'\n]+/gi, `$1${masked}`],
  // scheme://user:secret@host, and scheme://secret@host where it is too long for a name.
  [/(\b[a-z][\w+.-]{0,20}:\/\/[^\s:/@"']{0,200}:)[^\s/@"']{1,500}@/gi, `$1${masked}@`],
  [/(\b[a-z][\w+.-]{0,20}:\/\/)[^\s:/@"']{20,500}@/gi, `$1${masked}@`],
  // --password=x, --db-password x, PGPASSWORD=x, api_key: "x", ?access_token=x
  [
    new RegExp(`((?<![\\w-])--?[\\w-]{0,40}${names}[\\w-]{0,40}(?:=|\\s+))(?!-)${value}`, "gi"),
    `$1${masked}`,
  ],
  [
    new RegExp(
      `(\\b[\\w-]{0,40}${names}[\\w-]{0,20}["']?\\s*[=:]\\s*)(?!\\[redacted)${value}`,
      "gi",
    ),
    `$1${masked}`,
  ],
  [/([?&](?:sig|signature|key|auth|code)=)[^&\s"']+/gi, `$1${masked}`],
  // -u name:secret of curl and its like; -p of sshpass and mysql
  [
    /((?:^|\s)(?:-u|--user|--proxy-user|-U)[\s=]*["']?[^\s:"']{1,100}:)(?!\d+(?:\s|$))[^\s"']+/g,
    `$1${masked}`,
  ],
  [/(\bsshpass\s+-p\s*)("[^"]*"|'[^']*'|\S+)/g, `$1${masked}`],
  [/(\bmysql\w{0,10}\s(?:[^;|&]{0,200}\s)?-p)[^\s"'-]\S*/g, `$1${masked}`],
  // Tokens that say what they are.
  [
    /\b(?:gh[pousr]_|github_pat_|glpat-|npm_|xox[abeprs]-|sk-|pk_live_|sk_live_|rk_live_|hf_|dop_v1_)[\w-]{12,}/g,
    masked,
  ],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, masked],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, masked],
];

/** What every match of a rule has in it: most commands have none of this, and cost one look. */
const hint = new RegExp(
  `:|-----|authorization|bearer|basic|${names}|[?&][a-z]+=|sshpass|mysql|gh[pousr]_|github_pat_|glpat-|npm_|xox|[ps]k[-_]|rk_|hf_|dop_v1_|AKIA|ASIA|eyJ`,
  "i",
);

/** Replaces what looks like a secret; what is left tells the command all the same. */
export function maskSecrets(text: string): string {
  if (!hint.test(text)) return text;
  let shown = text;
  for (const [pattern, replacement] of rules) shown = shown.replace(pattern, replacement);
  return shown;
}
