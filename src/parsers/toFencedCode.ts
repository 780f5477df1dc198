/** Code between fences longer than any run of backticks in it. The line breaks at its ends are not the code's. */
export function toFencedCode(code: string, language = ''): string {
  let longest = 2
  for (const { 0: run } of code.matchAll(/`{3,}/g)) longest = Math.max(longest, run.length)
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${code.replace(/^(?:[ \t]*\r?\n)+/, '').trimEnd()}\n${fence}`
}
