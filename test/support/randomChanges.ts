import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { randomNumbers } from './fillerText.ts'

/** A text of several passages that all name its version. */
export function versionedText(version: number, sentences: number): string {
  return `The version is v${version} here, and nothing but that is said in this sentence of some length. `.repeat(sentences)
}

/** Creates, edits, renames and removes files and folders of a folder, spread over a time. */
export async function changeAtRandom(folder: string, changes: number, milliseconds: number, seed = 1): Promise<void> {
  const random = randomNumbers(seed)
  const below = (count: number) => Math.floor(random() * count)
  const files = new Set<string>()
  let version = 0
  const pick = (): string | undefined => [...files][below(files.size)]
  const newName = () => {
    const depth = below(4)
    return join(...Array.from({ length: depth }, () => `folder-${below(3)}`), `file-${below(60)}.txt`)
  }
  const write = (name: string, how: number) => {
    version++
    const path = join(folder, name)
    const text = versionedText(version, 3 + below(20))
    if (how === 0) {
      // As many editors do.
      writeFileSync(`${path}.swp~`, text)
      renameSync(`${path}.swp~`, path)
    } else if (how === 1) {
      // In two steps, half of it for a moment.
      writeFileSync(path, text.slice(0, text.length / 2))
      writeFileSync(path, text)
    } else {
      writeFileSync(path, text)
    }
    files.add(name)
  }
  const forget = (folderName: string) => {
    for (const name of files) if (name.startsWith(`${folderName}/`)) files.delete(name)
  }

  const change = () => {
    const kind = below(10)
    const name = pick()
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    const inner = folders[below(folders.length)]
    if (name === undefined || kind < 3) {
      const created = newName()
      mkdirSync(dirname(join(folder, created)), { recursive: true })
      write(created, below(3))
    } else if (kind < 6) write(name, below(3))
    else if (kind === 6) {
      const to = newName()
      mkdirSync(dirname(join(folder, to)), { recursive: true })
      renameSync(join(folder, name), join(folder, to))
      files.delete(name)
      files.add(to)
    } else if (kind === 7 || inner === undefined) {
      rmSync(join(folder, name))
      files.delete(name)
    } else if (kind === 8) {
      const to = `folder-${below(6)}`
      if (folders.includes(to)) return
      renameSync(join(folder, inner), join(folder, to))
      const moved = [...files].filter((file) => file.startsWith(`${inner}/`))
      forget(inner)
      for (const file of moved) files.add(to + file.slice(inner.length))
    } else if (below(4) === 0) {
      rmSync(join(folder, inner), { recursive: true })
      forget(inner)
    }
  }

  const start = performance.now()
  for (let index = 0; index < changes; index++) {
    change()
    const wait = start + ((index + 1) * milliseconds) / changes - performance.now()
    if (wait > 0) await pause(wait)
  }
}
