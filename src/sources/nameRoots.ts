import { basename, dirname, resolve } from 'node:path'

export interface Root {
  readonly path: string
  readonly name: string
}

/** The same path given twice counts once; where two roots have the same name, more of their paths goes into it. */
export function nameRoots(given: readonly string[]): Root[] {
  let roots = [...new Set(given.map((path) => resolve(path)))].map((path) => ({ path, name: basename(path) }))
  for (let levels = 2; ; levels += 1) {
    const counts = new Map<string, number>()
    for (const { name } of roots) counts.set(name, (counts.get(name) ?? 0) + 1)
    if (counts.size === roots.length) return roots
    roots = roots.map((root) => ((counts.get(root.name) ?? 0) > 1 ? { ...root, name: lastNames(root.path, levels) } : root))
  }
}

function lastNames(path: string, levels: number): string {
  const parent = dirname(path)
  return levels === 1 || parent === path ? basename(path) : `${lastNames(parent, levels - 1)}/${basename(path)}`
}

