import { InvalidOptionError } from '../errors.ts'

export function toGlobs(name: string, globs: string | readonly string[] = []): string[] {
  const list = typeof globs === 'string' ? [globs] : [...globs]
  if (list.some((glob) => typeof glob !== 'string' || glob === '')) {
    throw new InvalidOptionError(`Expected ${name} to be globs such as "*.md" or "guide/**", got an empty one or no text`)
  }
  return list.map((glob) => glob.replace(/^\.\//, '').replace(/\/+$/, ''))
}

/** Loaded only when there are globs: it would be a tenth of the time of listing a thousand files. */
export async function toMatcher(globs: readonly string[]): Promise<(below: string) => boolean> {
  const { default: picomatch } = await import('picomatch')
  const names = globs.filter((glob) => !glob.includes('/'))
  const paths = globs.filter((glob) => glob.includes('/')).map((glob) => glob.replace(/^\/+/, ''))
  const matchesName = picomatch(names, { basename: true })
  const matchesPath = picomatch(paths)
  return (below) => matchesName(below) || matchesPath(below)
}
