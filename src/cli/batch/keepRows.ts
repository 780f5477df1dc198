import { open, rm, stat } from 'node:fs/promises'
import { journalLines } from '../../internal/appendLog/journalLines.ts'
import { replaceFile } from '../../internal/replaceFile.ts'

/** Leaves in a file of rows only those that are to be kept. It is replaced at once; without any row it goes. Memory: the rows kept. */
export async function keepRows(path: string, isKept: (row: Readonly<Record<string, unknown>>) => boolean): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) return
  const source = await open(path, 'r')
  const kept: string[] = []
  let dropped = 0
  for await (const { bytes } of journalLines(source, path)) {
    const line = Buffer.from(bytes).toString('utf8')
    if (isKept(JSON.parse(line) as Readonly<Record<string, unknown>>)) kept.push(`${line}\n`)
    else dropped++
  }
  await source.close()
  if (kept.length === 0) await rm(path)
  else if (dropped > 0) await replaceFile(path, (target) => target.writeFile(kept.join('')))
}
