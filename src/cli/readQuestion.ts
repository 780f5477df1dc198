/** The question as given; `-` is standard input. */
export async function readQuestion(given: string): Promise<string> {
  if (given !== '-') return given.trim()
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8').trim()
}
