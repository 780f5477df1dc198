/** Whether a path with `/`, or a folder that it lies in, is among `paths`. Takes as many looks as the path has parts. */
export function isAtOrBelow(path: string, paths: ReadonlySet<string>): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) if (paths.has(path.slice(0, end))) return true
  return false
}
