/** Completion for PowerShell 5 and 7. */
import type { CommandModel, FlagModel } from "./command-model.ts";

export function powershellCompletion(models: readonly CommandModel[]): string {
  return `# Completion of clawdbot for PowerShell; made by: clawdbot completion powershell
$clawdbotCommands = @{
${models.map(commandEntry).join("\n")}
}
Register-ArgumentCompleter -Native -CommandName 'clawdbot' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $place = ''
  $flag = ''
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $cursorPosition) { break }
    $word = $element.Extent.Text
    if ($word -eq '--') { return }
    if ($flag) { $flag = ''; continue }
    $known = $clawdbotCommands[$place].Values
    if ($known.ContainsKey($word)) { $flag = $word }
    elseif ($clawdbotCommands.ContainsKey("$place $word")) { $place = "$place $word" }
  }
  $command = $clawdbotCommands[$place]
  if ($flag) { $rows = $command.Values[$flag] } else { $rows = $command.Words }
  foreach ($row in $rows) {
    if ($row[0].StartsWith($wordToComplete)) {
      [System.Management.Automation.CompletionResult]::new($row[0], $row[0], 'ParameterValue', $row[1])
    }
  }
}
`;
}

/** `Values` has the flags that take a value, with the words that are accepted. */
function commandEntry({ path, children, flags }: CommandModel): string {
  const words = [
    ...children.map(({ name, summary }) => row(name, summary)),
    ...flags.flatMap(({ names, description }) => names.map((name) => row(name, description))),
  ];
  const values = flags.flatMap(valueEntries);
  return `  ${quoted(path.map((word) => ` ${word}`).join(""))} = @{
    Words = @(
${words.map((word) => `      ${word}`).join("\n")}
    )
    Values = @{
${values.map((value) => `      ${value}`).join("\n")}
    }
  }`;
}

function valueEntries({ names, value }: FlagModel): string[] {
  if (value === undefined) return [];
  const words = value.words.map((word) => row(word, value.hint)).join("; ");
  return names.map((name) => `${quoted(name)} = @(${words})`);
}

/** The comma keeps a row of a list from being unrolled. */
function row(word: string, text: string): string {
  return `,@(${quoted(word)}, ${quoted(text === "" ? word : text)})`;
}

function quoted(text: string): string {
  // PowerShell takes curly quotation marks for straight ones.
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}
