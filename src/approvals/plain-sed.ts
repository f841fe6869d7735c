/**
 * Scripts of sed that print, delete or replace by lines, and neither run, read nor write anything.
 * What is not recognised at a glance is no plain script.
 */
export function isPlainSedScript(script: string): boolean {
  const command = script.replace(address, "");
  if (/^[pdqQ=]$/.test(command)) return true;
  const delimiter = /^s([/|#,:@])/.exec(command)?.[1];
  if (delimiter === undefined || /[\n;{}]/.test(command)) return false;
  // An escaped delimiter makes the flags stand somewhere else than they seem to.
  if (command.includes(`\\${delimiter}`)) return false;
  const [, from, to, flags, ...more] = command.split(delimiter);
  if (from === undefined || to === undefined || more.length > 0) return false;
  // In brackets a delimiter would be text.
  return !/[[\]]/.test(from) && /^[gpiI\d]*$/.test(flags ?? "e");
}

/** A line, a range of lines, or none. */
const address = /^(\d+|\$)?(,\d+|,\$)?!?/;
