import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { journalLines } from '../../internal/appendLog/journalLines.ts'
import { cannotWrite, syncFolder } from '../../internal/appendLog/openJournal.ts'

/** Leaves in a file of rows only those that are to be kept. It is replaced at once; without any row it goes. Memory: the rows kept. */
export async function keepRows(path: string, isKept: (row: Readonly<Record<string, unknown>>) => boolean): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) return
  const part = `${path}.part`
  try {
    const source = await open(path, 'r')
    const kept: string[] = []
    let dropped = 0
    for await (const { bytes } of journalLines(source, path)) {
      const line = Buffer.from(bytes).toString('utf8')
      if (isKept(JSON.parse(line) as Readonly<Record<string, unknown>>)) kept.push(`${line}\n`)
      else dropped++
    }
    const { mode } = await source.stat()
    await source.close()
    if (dropped === 0) return
    if (kept.length === 0) return await rm(path)
    const target = await open(part, 'w', mode & 0o777)
    await target.writeFile(kept.join(''))
    await target.sync()
    await target.close()
    await rename(part, path)
    await syncFolder(dirname(path))
  } catch (error) {
    throw cannotWrite(path, error)
  }
}
